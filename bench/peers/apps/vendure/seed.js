// Makes the schema and fills it by Vendure's own populate(): what GOODS_FILE lists, one way of shipping, one of paying.
const fs = require('node:fs');
const path = require('node:path');
const { bootstrap, LanguageCode } = require('@vendure/core');
const { populate } = require('@vendure/core/cli');
const { config } = require('./config');

const goods = JSON.parse(fs.readFileSync(process.env.GOODS_FILE, 'utf8'));
const sheet = path.join(path.dirname(process.env.GOODS_FILE), 'vendure.csv');

const columns = [
  'name', 'slug', 'description', 'assets', 'facets', 'optionGroups', 'optionValues', 'sku', 'price', 'taxCategory',
  'stockOnHand', 'trackInventory', 'variantAssets', 'variantFacets',
];
const quoted = text => `"${String(text).replaceAll('"', '""')}"`;
const row = each => [
  each.name, each.code.toLowerCase(), each.description, '', '', '', '', each.code, (each.priceMinor / 100).toFixed(2),
  'standard', each.stock, 'true', '', '',
];
fs.writeFileSync(sheet, [columns, ...goods.map(row)].map(cells => cells.map(quoted).join(',')).join('\n'));

const initial = {
  defaultLanguage: LanguageCode.zh,
  defaultZone: 'Asia',
  countries: [{ code: 'CN', name: 'China', zone: 'Asia' }],
  taxRates: [{ name: 'standard', percentage: 0 }],
  shippingMethods: [{ name: 'Standard', price: 0 }],
  paymentMethods: [
    {
      name: 'Dummy',
      handler: { code: 'dummy-payment-handler', arguments: [{ name: 'automaticSettle', value: 'true' }] },
    },
  ],
  collections: [],
};

populate(() => bootstrap(config), initial, sheet)
  .then(app => app.close())
  .then(() => process.exit(0))
  .catch(error => {
    console.error(error);
    process.exit(1);
  });
