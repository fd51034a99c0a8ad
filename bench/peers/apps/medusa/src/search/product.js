// What shoppers search by Medusa's own search module: titles, descriptions, codes. Prices are not in it.
const { defineSearchIndex, graphConsume, graphSeed, search } = require('@medusajs/framework/utils');

const source = { fields: ['id', 'title', 'description', 'handle', 'status', 'thumbnail', 'sales_channels.id'] };

exports.default = defineSearchIndex({
  name: 'product',
  entity: 'product',
  fields: search.define({
    id: search.keyword().filterable(),
    title: search.text().searchable({ weight: 3 }),
    description: search.text().searchable(),
    handle: search.keyword().filterable(),
    status: search.keyword().filterable(),
    thumbnail: search.keyword(),
  }),
  events: ['product.created', 'product.updated', 'product.deleted'],
  consume: graphConsume(source),
  seed: graphSeed(source),
});
