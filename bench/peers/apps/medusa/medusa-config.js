// What Medusa's documentation recommends for production; docs/benchmarks.md names each setting.
const { defineConfig } = require('@medusajs/framework/utils');

const redisUrl = process.env.REDIS_URL;

// Without Redis, the modules that Medusa registers by itself, which keep these things in the process.
const shared = redisUrl
  ? [
      {
        resolve: '@medusajs/medusa/caching',
        options: {
          providers: [{ resolve: '@medusajs/caching-redis', id: 'caching-redis', is_default: true, options: { redisUrl } }],
        },
      },
      { resolve: '@medusajs/medusa/event-bus-redis', options: { redisUrl } },
      { resolve: '@medusajs/medusa/workflow-engine-redis', options: { redis: { redisUrl } } },
      {
        resolve: '@medusajs/medusa/locking',
        options: {
          providers: [
            { resolve: '@medusajs/medusa/locking-redis', id: 'locking-redis', is_default: true, options: { redisUrl } },
          ],
        },
      },
    ]
  : [];

module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    databaseDriverOptions: { ssl: false, connection: { ssl: false } },
    redisUrl,
    workerMode: process.env.WORKER_MODE,
    http: {
      storeCors: 'http://localhost:8000',
      adminCors: 'http://localhost:9000',
      authCors: 'http://localhost:9000',
      jwtSecret: process.env.JWT_SECRET,
      cookieSecret: process.env.COOKIE_SECRET,
    },
  },
  admin: { disable: true },
  featureFlags: { caching: Boolean(redisUrl) },
  modules: [
    ...shared,
    {
      resolve: '@medusajs/medusa/search',
      options: { providers: [{ resolve: '@medusajs/medusa/search-postgres', id: 'postgres' }] },
    },
  ],
});
