import {
  AccountBookOutlined,
  AlertOutlined,
  AppstoreOutlined,
  AuditOutlined,
  BarcodeOutlined,
  CarOutlined,
  CloudSyncOutlined,
  DashboardOutlined,
  FieldTimeOutlined,
  GiftOutlined,
  HomeOutlined,
  ImportOutlined,
  InboxOutlined,
  LayoutOutlined,
  MessageOutlined,
  PartitionOutlined,
  PayCircleOutlined,
  RollbackOutlined,
  ScheduleOutlined,
  SendOutlined,
  ShopOutlined,
  ShoppingOutlined,
  TagsOutlined,
  TeamOutlined,
  ThunderboltOutlined,
  UserOutlined,
} from "@ant-design/icons";
import type { ComponentType, ReactNode } from "react";
import type { Key } from "../i18n";
import { later as page } from "../ui/later";

export interface Feature {
  path: string;
  title: Key;
  group: Key | null;
  icon: ReactNode;
  grant: string | null;
  page: ComponentType;
}

/** The features in the order of the menu; each is loaded when it is opened first. */
export const FEATURES: Feature[] = [
  { path: "/", title: "nav.start", group: null, icon: <HomeOutlined />, grant: null, page: page(() => import("../features/start/Start"), "Start") },
  { path: "/orders", title: "nav.orders", group: "nav.group.trade", icon: <ShoppingOutlined />, grant: "orders.read", page: page(() => import("../features/orders/Orders"), "Orders") },
  { path: "/units", title: "nav.units", group: "nav.group.trade", icon: <SendOutlined />, grant: "orders.read", page: page(() => import("../features/units/Units"), "Units") },
  { path: "/aftersales", title: "nav.aftersales", group: "nav.group.trade", icon: <RollbackOutlined />, grant: "aftersales.read", page: page(() => import("../features/aftersales/AfterSales"), "AfterSales") },
  { path: "/exceptions", title: "nav.exceptions", group: "nav.group.trade", icon: <AlertOutlined />, grant: "orders.read", page: page(() => import("../features/exceptions/Exceptions"), "Exceptions") },
  { path: "/shortages", title: "nav.shortages", group: "nav.group.trade", icon: <FieldTimeOutlined />, grant: "orders.read", page: page(() => import("../features/shortages/Shortages"), "Shortages") },
  { path: "/channels", title: "nav.channels", group: "nav.group.trade", icon: <CloudSyncOutlined />, grant: "channels.read", page: page(() => import("../features/channels/Channels"), "Channels") },
  { path: "/rules", title: "nav.rules", group: "nav.group.trade", icon: <PartitionOutlined />, grant: "rules.read", page: page(() => import("../features/rules/Rules"), "Rules") },
  { path: "/promotions", title: "nav.promotions", group: "nav.group.trade", icon: <GiftOutlined />, grant: "pricing.read", page: page(() => import("../features/pricing/Promotions"), "Promotions") },
  { path: "/decoration", title: "nav.decoration", group: "nav.group.trade", icon: <LayoutOutlined />, grant: "storefront.decorate", page: page(() => import("../features/decoration/Decoration"), "Decoration") },
  { path: "/customers", title: "nav.customers", group: "nav.group.trade", icon: <UserOutlined />, grant: "members.read", page: page(() => import("../features/members/Customers"), "Customers") },
  { path: "/products", title: "nav.products", group: "nav.group.goods", icon: <AppstoreOutlined />, grant: "catalog.read", page: page(() => import("../features/catalog/Products"), "Products") },
  { path: "/price-lists", title: "nav.price_lists", group: "nav.group.goods", icon: <TagsOutlined />, grant: "pricing.read", page: page(() => import("../features/pricing/PriceLists"), "PriceLists") },
  { path: "/voices", title: "nav.voices", group: "nav.group.goods", icon: <MessageOutlined />, grant: "storefront.moderate_review", page: page(() => import("../features/storefront/Voices"), "Voices") },
  { path: "/sheets", title: "nav.sheets", group: "nav.group.goods", icon: <ImportOutlined />, grant: "migration.start_import", page: page(() => import("../features/migration/Sheets"), "Sheets") },
  { path: "/stock", title: "nav.stock", group: "nav.group.goods", icon: <InboxOutlined />, grant: "inventory.read", page: page(() => import("../features/stock/Stock"), "Stock") },
  { path: "/desk", title: "nav.desk", group: "nav.group.goods", icon: <ScheduleOutlined />, grant: "warehouse.read", page: page(() => import("../features/desk/Desk"), "Desk") },
  { path: "/pack-station", title: "nav.pack_station", group: "nav.group.goods", icon: <BarcodeOutlined />, grant: "warehouse.pack", page: page(() => import("../features/desk/PackStation"), "PackStation") },
  { path: "/floor", title: "nav.floor", group: "nav.group.goods", icon: <ShopOutlined />, grant: "warehouse.read", page: page(() => import("../features/floor/Floor"), "Floor") },
  { path: "/carriers", title: "nav.carriers", group: "nav.group.goods", icon: <CarOutlined />, grant: "logistics.read", page: page(() => import("../features/carriers/Carriers"), "Carriers") },
  { path: "/payments", title: "nav.payments", group: "nav.group.money", icon: <PayCircleOutlined />, grant: "payments.read", page: page(() => import("../features/payments/Payments"), "Payments") },
  { path: "/ledger", title: "nav.ledger", group: "nav.group.money", icon: <AccountBookOutlined />, grant: "ledger.read", page: page(() => import("../features/ledger/Ledger"), "Ledger") },
  { path: "/staff", title: "nav.staff", group: "nav.group.house", icon: <TeamOutlined />, grant: "identity.read", page: page(() => import("../features/staff/Staff"), "Staff") },
  { path: "/actions", title: "nav.actions", group: "nav.group.house", icon: <ThunderboltOutlined />, grant: null, page: page(() => import("../features/actions/Actions"), "Actions") },
  { path: "/log", title: "nav.log", group: "nav.group.house", icon: <AuditOutlined />, grant: "log.read", page: page(() => import("../features/log/Log"), "Log") },
  { path: "/system", title: "nav.system", group: "nav.group.house", icon: <DashboardOutlined />, grant: "events.read", page: page(() => import("../features/system/System"), "System") },
];

/** Pages of one thing, which a list leads to. */
export const DETAILS: Pick<Feature, "path" | "page">[] = [
  { path: "/customers/:id", page: page(() => import("../features/members/MemberPage"), "MemberPage") },
  { path: "/orders/:id", page: page(() => import("../features/orders/OrderPage"), "OrderPage") },
  { path: "/waves/:id", page: page(() => import("../features/desk/WavePage"), "WavePage") },
  { path: "/counts/:id", page: page(() => import("../features/desk/CountPage"), "CountPage") },
  { path: "/units/:id", page: page(() => import("../features/units/UnitPage"), "UnitPage") },
  { path: "/promotions/new", page: page(() => import("../features/pricing/PromotionPage"), "NewPromotion") },
  { path: "/promotions/:id", page: page(() => import("../features/pricing/PromotionPage"), "PromotionPage") },
  { path: "/decoration/:shop/:slug", page: page(() => import("../features/decoration/EditorPage"), "EditorPage") },
  { path: "/products/new", page: page(() => import("../features/catalog/NewProduct"), "NewProduct") },
  { path: "/products/:id", page: page(() => import("../features/catalog/ProductPage"), "ProductPage") },
];
