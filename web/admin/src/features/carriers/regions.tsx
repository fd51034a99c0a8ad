import { useQuery } from "@tanstack/react-query";
import { TreeSelect } from "antd";
import { useState } from "react";
import { api, given, type Schema } from "../../api/client";

const below = (parent?: string) => given(api.GET("/api/v1/regions", { params: { query: { limit: 200, ...(parent ? { parent } : {}) } } }));

/** The names of regions by their codes: provinces at once, what lies below when it is met. */
export function useRegions(codes: readonly string[]): (code: string) => string {
  const above = [...new Set(codes.filter((each) => !each.endsWith("0000")).flatMap((each) => [`${each.slice(0, 2)}0000`, `${each.slice(0, 4)}00`]))].sort();
  const known = useQuery({
    queryKey: ["regions", above.join()],
    queryFn: async () => {
      const lists = await Promise.all([undefined, ...above].map(below));
      return new Map(lists.flatMap((list) => list.items.map((each) => [each.code, each.name] as const)));
    },
    staleTime: Infinity,
  });
  return (code) => known.data?.get(code) ?? code;
}

interface Node {
  id: string;
  pId: string;
  value: string;
  title: string;
  isLeaf: boolean;
}

const nodes = (parent: string, items: readonly Schema<"Region">[]): Node[] =>
  items.map(({ code, name }) => ({ id: code, pId: parent, value: code, title: name, isLeaf: !code.endsWith("00") }));

interface Props {
  value?: string[];
  onChange?: (codes: string[]) => void;
  placeholder: string;
  id?: string;
  "aria-label"?: string;
}

/** Provinces, cities and districts, as many as one likes; what lies below a place is read when it is opened. */
export function RegionsSelect({ value = [], onChange, placeholder, ...rest }: Props) {
  const name = useRegions(value);
  const [deeper, setDeeper] = useState<Node[]>([]);
  const provinces = useQuery({ queryKey: ["regions", "provinces"], queryFn: () => below(), staleTime: Infinity });
  const open = async (parent: string) => {
    const found = nodes(parent, (await below(parent)).items);
    setDeeper((before) => [...before.filter((each) => each.pId !== parent), ...found]);
  };
  return (
    <TreeSelect
      {...rest}
      treeDataSimpleMode
      treeCheckable
      treeCheckStrictly
      showSearch={{ treeNodeFilterProp: "title" }}
      maxTagCount={8}
      allowClear
      placeholder={placeholder}
      style={{ width: "100%" }}
      treeData={[...nodes("0", provinces.data?.items ?? []), ...deeper]}
      loadData={({ value: code }) => open(String(code))}
      value={value.map((code) => ({ value: code, label: name(code) }))}
      onChange={(chosen: { value: string }[]) => onChange?.(chosen.map((each) => each.value))}
    />
  );
}
