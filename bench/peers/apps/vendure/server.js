// SERVERS processes share one port, as a process manager would have them.
const cluster = require('node:cluster');
const { bootstrap } = require('@vendure/core');
const { config } = require('./config');

const servers = Number(process.env.SERVERS ?? 1);
if (servers > 1 && cluster.isPrimary) {
  for (let n = 0; n < servers; n++) cluster.fork();
  cluster.on('exit', () => process.exit(1));
} else {
  bootstrap(config).catch(error => {
    console.error(error);
    process.exit(1);
  });
}
