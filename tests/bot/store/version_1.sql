-- A database as version 1 of the schema left it. Never edit: it is what people have.
BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
);
INSERT INTO "_sqlite_migrations" VALUES(1,'easel','1_conversations','2026-01-01 00:00:00+00:00');
CREATE TABLE conversations (
    id TEXT PRIMARY KEY NOT NULL,
    platform TEXT NOT NULL, workspace TEXT NOT NULL, channel TEXT NOT NULL, thread TEXT NOT NULL,
    title TEXT NOT NULL,
    current_id TEXT,
    names TEXT NOT NULL DEFAULT '{}',
    created_at REAL NOT NULL,
    touched_at REAL NOT NULL,
    UNIQUE (platform, workspace, channel, thread)
);
INSERT INTO "conversations" VALUES('C1','web','','','old','A dog','P1','{"Bob":"P1"}',1.0,2.0);
CREATE TABLE inbox (
    platform TEXT NOT NULL,
    event_id TEXT NOT NULL,
    turn_id TEXT NOT NULL,
    PRIMARY KEY (platform, event_id)
) WITHOUT ROWID;
INSERT INTO "inbox" VALUES('web','e1','T1');
CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    turn_id TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    user_key TEXT NOT NULL,
    picture_ids TEXT NOT NULL,
    recipes TEXT NOT NULL,
    state TEXT NOT NULL,
    after TEXT,
    interactive INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    owner TEXT,
    lease_until REAL,
    error TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,
    seconds REAL NOT NULL DEFAULT 0
);
INSERT INTO "jobs" VALUES(1,'J1','C1','T1','web:ann','["P1"]','[{"guidance":5.0,"guidance_rescale":0.0,"height":256,"model":"pocket","negative":"","prompt":"a dog","scheduler":"","seed":1,"source":null,"steps":4,"strength":null,"technique":"text_to_picture","width":256}]','done',NULL,0,0,NULL,NULL,'',1.0,0.0);
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    turn_id TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    platform_message_id TEXT,
    created_at REAL NOT NULL
);
INSERT INTO "outbox" VALUES(1,'answer:T1','T1','sent',1,'m1',2.0);
CREATE TABLE pictures (
    id TEXT PRIMARY KEY NOT NULL,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    turn_id TEXT NOT NULL REFERENCES turns (id) ON DELETE CASCADE,
    job_id TEXT,
    parent_id TEXT,
    verb TEXT,
    recipe TEXT,
    caption TEXT NOT NULL,
    state TEXT NOT NULL,
    sha256 TEXT,
    width INTEGER NOT NULL DEFAULT 0,
    height INTEGER NOT NULL DEFAULT 0,
    seconds REAL NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    UNIQUE (conversation_id, number)
);
INSERT INTO "pictures" VALUES('P1','C1',1,'T1','J1',NULL,'generate','{"guidance":5.0,"guidance_rescale":0.0,"height":256,"model":"pocket","negative":"","prompt":"a dog","scheduler":"","seed":1,"source":null,"steps":4,"strength":null,"technique":"text_to_picture","width":256}','a dog','ready','0000000000000000000000000000000000000000000000000000000000000000',256,256,1.0,1.0);
CREATE TABLE turns (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    user_platform TEXT NOT NULL, user_id TEXT NOT NULL, user_name TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL,
    press TEXT,
    reply_to TEXT,
    upload_ids TEXT NOT NULL DEFAULT '[]',
    planned INTEGER NOT NULL DEFAULT 0,
    parts TEXT NOT NULL DEFAULT '[]',
    next_current_id TEXT,
    error TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,
    finished_at REAL
);
INSERT INTO "turns" VALUES(1,'T1','C1','e1','web','ann','Ann','a dog','done',NULL,NULL,'[]',1,'[{"text":"Hello from version 1."}]',NULL,'',1.0,2.0);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX conversations_latest ON conversations (platform, touched_at);
CREATE INDEX turns_of_conversation ON turns (conversation_id, seq);
CREATE INDEX turns_open ON turns (seq) WHERE state IN ('accepted', 'painting');
CREATE INDEX jobs_of_conversation ON jobs (conversation_id);
CREATE INDEX jobs_of_turn ON jobs (turn_id);
CREATE INDEX jobs_open ON jobs (state, seq) WHERE state IN ('queued', 'running');
CREATE INDEX pictures_of_turn ON pictures (turn_id);
CREATE INDEX pictures_of_file ON pictures (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX pictures_short_id ON pictures (substr(id, -6));
CREATE INDEX outbox_of_turn ON outbox (turn_id);
CREATE INDEX outbox_open ON outbox (seq) WHERE state <> 'sent';
COMMIT;
