import { Tabs, type TabsProps } from "antd";
import { useFilter } from "./CrudTable";

type Items = NonNullable<TabsProps["items"]>;

/** Tabs of which the address knows the open one; the first is open where it names none of them. */
export function TabsHere({ items, ...rest }: { items: Items } & Omit<TabsProps, "items" | "activeKey" | "onChange">) {
  const [tab, setTab] = useFilter("tab");
  const first = items[0]?.key;
  const open = items.find((each) => each.key === tab)?.key ?? first;
  return <Tabs {...rest} items={items} activeKey={open} onChange={(key) => setTab(key === first ? undefined : key)} />;
}
