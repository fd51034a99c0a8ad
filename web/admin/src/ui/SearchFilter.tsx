import { Input } from "antd";
import { useFilter } from "./CrudTable";

/** A field whose text becomes a filter in the address. */
export function SearchFilter({ name, placeholder }: { name: string; placeholder: string }) {
  const [text, setText] = useFilter(name);
  return <Input.Search allowClear defaultValue={text} placeholder={placeholder} onSearch={(value) => setText(value.trim() || undefined)} style={{ width: 250 }} />;
}
