// What Vendure's documentation recommends for production; docs/benchmarks.md names each setting.
const core = require('@vendure/core');
const { HardenPlugin } = require('@vendure/harden-plugin');
const { BullMQJobQueuePlugin } = require('@vendure/job-queue-plugin/package/bullmq');

const redis = process.env.REDIS_PORT && { host: '127.0.0.1', port: Number(process.env.REDIS_PORT) };

// Without Redis, the plugins that keep the same things in the database.
const shared = redis
  ? [
      BullMQJobQueuePlugin.init({ connection: { ...redis, maxRetriesPerRequest: null } }),
      core.RedisCachePlugin.init({ redisOptions: redis }),
    ]
  : [core.DefaultJobQueuePlugin.init({}), core.DefaultCachePlugin.init({})];

exports.config = {
  apiOptions: {
    hostname: '127.0.0.1',
    port: Number(process.env.PORT ?? 0),
    adminApiPath: 'admin-api',
    shopApiPath: 'shop-api',
    cors: { origin: ['http://localhost:8000'], credentials: true },
  },
  authOptions: {
    tokenMethod: ['bearer'],
    superadminCredentials: { identifier: 'superadmin', password: process.env.SUPERADMIN_PASSWORD },
    cookieOptions: { secret: process.env.COOKIE_SECRET },
  },
  dbConnectionOptions: {
    type: 'postgres',
    host: process.env.DATABASE_HOST,
    port: Number(process.env.DATABASE_PORT),
    username: 'postgres',
    database: process.env.DATABASE_NAME,
    synchronize: process.env.MAKE_SCHEMA === 'yes',
    migrations: [],
    logging: false,
    extra: { max: Number(process.env.POOL_SIZE ?? 10) },
  },
  paymentOptions: { paymentMethodHandlers: [core.dummyPaymentHandler] },
  logger: new core.DefaultLogger({ level: core.LogLevel.Warn }),
  plugins: [
    HardenPlugin.init({ maxQueryComplexity: 650, apiMode: 'prod' }),
    core.DefaultSchedulerPlugin.init({}),
    core.DefaultSearchPlugin.init({ indexStockStatus: true, bufferUpdates: false }),
    ...shared,
  ],
};
