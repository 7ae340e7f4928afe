"""The web page: a `Platform` on aiohttp that needs a browser and nothing else."""
