// Writes what journeys have to know beforehand: the shop's key, its region, ids of goods.
const fs = require('node:fs');
const { ContainerRegistrationKeys } = require('@medusajs/framework/utils');

module.exports.default = async function given({ container }) {
  const query = container.resolve(ContainerRegistrationKeys.QUERY);
  const all = async (entity, fields, filters = {}) => (await query.graph({ entity, fields, filters })).data;
  const variants = await all('product_variant', ['id', 'sku', 'product_id']);
  const plain = variants.filter(each => each.sku !== 'HOT');
  const [key] = await all('api_key', ['token'], { type: 'publishable', title: 'mall' });
  const [region] = await all('region', ['id']);
  const [item] = await all('inventory_item', ['id'], { sku: 'HOT' });
  const told = {
    key: key.token,
    region: region.id,
    variants: plain.map(each => each.id),
    products: plain.map(each => each.product_id),
    hot: variants.find(each => each.sku === 'HOT').id,
    hot_item: item.id,
  };
  fs.writeFileSync(process.env.GIVEN_FILE, JSON.stringify(told));
};
