// Fills an empty Medusa by its own workflows: one region, one channel, one way of shipping, what GOODS_FILE lists.
const fs = require('node:fs');
const { ContainerRegistrationKeys, Modules, ProductStatus } = require('@medusajs/framework/utils');
const flows = require('@medusajs/medusa/core-flows');

const BATCH = 100;

module.exports.default = async function seed({ container }) {
  const run = async (workflow, input) => (await workflow(container).run({ input })).result;
  const link = container.resolve(ContainerRegistrationKeys.LINK);
  const goods = JSON.parse(fs.readFileSync(process.env.GOODS_FILE, 'utf8'));

  const [channel] = await run(flows.createSalesChannelsWorkflow, { salesChannelsData: [{ name: 'Mall' }] });
  const [store] = await container.resolve(Modules.STORE).listStores();
  await run(flows.updateStoresWorkflow, {
    selector: { id: store.id },
    update: {
      supported_currencies: [{ currency_code: 'cny', is_default: true }],
      default_sales_channel_id: channel.id,
    },
  });
  const [region] = await run(flows.createRegionsWorkflow, {
    regions: [{ name: 'China', currency_code: 'cny', countries: ['cn'], payment_providers: ['pp_system_default'] }],
  });
  await run(flows.createTaxRegionsWorkflow, [{ country_code: 'cn', provider_id: 'tp_system' }]);
  const place = await openWarehouse(run, link, container, channel);
  const way = await offerShipping(run, container, place, region);

  const [key] = await run(flows.createApiKeysWorkflow, {
    api_keys: [{ title: 'mall', type: 'publishable', created_by: '' }],
  });
  await run(flows.linkSalesChannelsToApiKeyWorkflow, { id: key.id, add: [channel.id] });

  for (let at = 0; at < goods.length; at += BATCH) {
    const batch = goods.slice(at, at + BATCH);
    const products = await run(flows.createProductsWorkflow, {
      products: batch.map(each => product(each, channel, way.profile)),
    });
    await stock(run, container, place, batch, products);
  }
};

async function openWarehouse(run, link, container, channel) {
  const [place] = await run(flows.createStockLocationsWorkflow, {
    locations: [{ name: 'Warehouse', address: { city: 'Shanghai', country_code: 'CN', address_1: '' } }],
  });
  await link.create({
    [Modules.STOCK_LOCATION]: { stock_location_id: place.id },
    [Modules.FULFILLMENT]: { fulfillment_provider_id: 'manual_manual' },
  });
  await run(flows.linkSalesChannelsToStockLocationWorkflow, { id: place.id, add: [channel.id] });
  return place;
}

async function offerShipping(run, container, place, region) {
  const fulfillment = container.resolve(Modules.FULFILLMENT);
  const link = container.resolve(ContainerRegistrationKeys.LINK);
  let [profile] = await fulfillment.listShippingProfiles({ type: 'default' });
  if (!profile) {
    [profile] = await run(flows.createShippingProfilesWorkflow, { data: [{ name: 'Default', type: 'default' }] });
  }
  const set = await fulfillment.createFulfillmentSets({
    name: 'Delivery',
    type: 'shipping',
    service_zones: [{ name: 'China', geo_zones: [{ country_code: 'cn', type: 'country' }] }],
  });
  await link.create({
    [Modules.STOCK_LOCATION]: { stock_location_id: place.id },
    [Modules.FULFILLMENT]: { fulfillment_set_id: set.id },
  });
  await run(flows.createShippingOptionsWorkflow, [
    {
      name: 'Standard',
      price_type: 'flat',
      provider_id: 'manual_manual',
      service_zone_id: set.service_zones[0].id,
      shipping_profile_id: profile.id,
      type: { label: 'Standard', description: 'Standard', code: 'standard' },
      prices: [{ currency_code: 'cny', amount: 0 }, { region_id: region.id, amount: 0 }],
      rules: [
        { attribute: 'enabled_in_store', value: 'true', operator: 'eq' },
        { attribute: 'is_return', value: 'false', operator: 'eq' },
      ],
    },
  ]);
  return { profile };
}

function product(good, channel, profile) {
  return {
    title: good.name,
    handle: good.code.toLowerCase(),
    description: good.description,
    status: ProductStatus.PUBLISHED,
    shipping_profile_id: profile.id,
    options: [{ title: 'Kind', values: ['One'] }],
    variants: [
      {
        title: 'One',
        sku: good.code,
        options: { Kind: 'One' },
        manage_inventory: true,
        prices: [{ amount: good.priceMinor / 100, currency_code: 'cny' }],
      },
    ],
    sales_channels: [{ id: channel.id }],
  };
}

async function stock(run, container, place, batch, products) {
  const inventory = container.resolve(Modules.INVENTORY);
  const quantities = Object.fromEntries(batch.map(each => [each.code, each.stock]));
  const items = await inventory.listInventoryItems({ sku: batch.map(each => each.code) }, { take: batch.length });
  await run(flows.createInventoryLevelsWorkflow, {
    inventory_levels: items.map(item => ({
      location_id: place.id,
      inventory_item_id: item.id,
      stocked_quantity: quantities[item.sku],
    })),
  });
}
