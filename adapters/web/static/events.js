// The live line to the server: one WebSocket, which comes back by itself.

const SILENCE_MS = 40_000; // the server beats every 15 s
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * Listens to a conversation until `close()`. `onOpen` runs at every (re)connection: whatever was missed must be read
 * anew then. `onStatus` gets true or false.
 */
export function listen(conversationId, { onNote, onOpen, onStatus }) {
  let socket = null;
  let timer = 0;
  let watchdog = 0;
  let wait = FIRST_WAIT_MS;
  let closed = false;

  const connect = () => {
    clearTimeout(timer);
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    socket = new WebSocket(`${scheme}//${location.host}/api/conversations/${conversationId}/events`);
    socket.onopen = () => {
      wait = FIRST_WAIT_MS;
      onStatus(true);
      onOpen();
      watch();
    };
    socket.onmessage = (message) => {
      watch();
      onNote(JSON.parse(message.data));
    };
    socket.onclose = lost;
  };
  const lost = () => {
    if (closed) return;
    clearTimeout(watchdog);
    onStatus(false);
    timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  };
  const watch = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => socket.close(), SILENCE_MS);
  };
  const hurry = () => {
    if (document.visibilityState === "visible" && socket.readyState === WebSocket.CLOSED) connect();
  };

  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", hurry);
  connect();
  return {
    close() {
      closed = true;
      clearTimeout(timer);
      clearTimeout(watchdog);
      removeEventListener("online", hurry);
      document.removeEventListener("visibilitychange", hurry);
      socket.close();
    },
  };
}
