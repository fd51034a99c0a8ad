import { DownloadOutlined, LoadingOutlined, ReloadOutlined, SettingOutlined } from "@ant-design/icons";
import { useInfiniteQuery } from "@tanstack/react-query";
import { App, Button, Checkbox, Dropdown, Empty, Space, Table, Tooltip } from "antd";
import { useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useSearchParams } from "react-router";
import { readPage } from "../api/client";
import { useLookEvery } from "../app/live";
import { useSay } from "../i18n";
import { csv, download } from "./format";
import { useKept } from "./kept";
import { Views } from "./Views";
import { here, noteFinished } from "./finished";
import { PAGE_ROWS, readWhole } from "./whole";
import { isWrong, useWords, Wrong } from "./Wrong";

export interface Column<T> {
  key: string;
  title: string;
  render: (row: T) => ReactNode;
  /** What stands in an exported file. */
  text: (row: T) => unknown;
  align?: "right";
  width?: number;
  isHidden?: boolean;
}

interface Props<T> {
  name: string;
  path: string;
  columns: Column<T>[];
  rowKey: (row: T) => string;
  /** Filters stand in the address, so that a view can be kept as a bookmark and sent to a colleague. */
  filters?: ReactNode;
  query?: Record<string, string | undefined>;
  onOpen?: (row: T) => void;
  empty?: ReactNode;
  refetchMs?: number;
  /** What can be done with many rows at once; they are chosen by their boxes then. */
  batch?: (chosen: T[], clear: () => void) => ReactNode;
}

/** A list of the API as a table: filters in the address, columns as one likes them, the next page on demand, export. */
export function CrudTable<T>({ name, path, columns, rowKey, filters, query = {}, onOpen, empty, refetchMs, batch }: Props<T>) {
  const say = useSay();
  const [hidden, setHidden] = useKept<string[]>(`columns.${name}`, columns.filter((each) => each.isHidden).map((each) => each.key));
  const asked = Object.fromEntries(Object.entries(query).filter((pair): pair is [string, string] => Boolean(pair[1])));
  const words = useWords();
  const { message } = App.useApp();
  const every = useLookEvery(refetchMs);
  const list = useInfiniteQuery({
    queryKey: [path, asked],
    queryFn: ({ pageParam }) => readPage<T>(path, asked, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    refetchInterval: every,
  });
  const rows = list.data?.pages.flatMap((each) => each.items) ?? [];
  const [chosen, setChosen] = useState<string[]>([]);
  const chosenRows = rows.filter((row) => chosen.includes(rowKey(row)));
  const shown = columns.filter((each) => !hidden.includes(each.key));

  const stopping = useRef<AbortController | null>(null);
  const [saved, setSaved] = useState<number | null>(null);
  const save = async () => {
    stopping.current = new AbortController();
    const { signal } = stopping.current;
    setSaved(0);
    const link = here();
    try {
      const whole = await readWhole<T>(path, asked, setSaved, signal);
      if (signal.aborted) return;
      download(csv([shown.map((each) => each.title), ...whole.map((row) => shown.map((each) => each.text(row)))]), `${name}.csv`);
      if (whole.length > PAGE_ROWS) await noteFinished("table.exported", { file: `${name}.csv`, n: whole.length }, link);
    } catch (problem) {
      void message.error(words(problem));
    } finally {
      setSaved(null);
    }
  };
  if (isWrong(list)) return <Wrong error={list.error} onRetry={() => void list.refetch()} />;
  const choices = (
    <div className="choices">
      {columns.map((each) => (
        <Checkbox
          key={each.key}
          checked={!hidden.includes(each.key)}
          onChange={(event) => setHidden(event.target.checked ? hidden.filter((key) => key !== each.key) : [...hidden, each.key])}
        >
          {each.title}
        </Checkbox>
      ))}
    </div>
  );
  return (
    <div className="crud">
      <div className="crud-bar">
        <Space wrap>{filters}</Space>
        <Space>
          <Tooltip title={say("table.reload")}>
            <Button aria-label={say("table.reload")} icon={<ReloadOutlined spin={list.isFetching} />} onClick={() => void list.refetch()} />
          </Tooltip>
          <Views place={name} hidden={hidden} onHidden={setHidden} />
          {saved === null ? (
            <Tooltip title={say("table.export_all")}>
              <Button aria-label={say("table.export_all")} icon={<DownloadOutlined />} disabled={!rows.length} onClick={() => void save()} />
            </Tooltip>
          ) : (
            <Button icon={<LoadingOutlined spin />} onClick={() => stopping.current?.abort()}>
              {say("table.exporting", { n: saved })}
            </Button>
          )}
          <Dropdown trigger={["click"]} popupRender={() => choices}>
            <Button aria-label={say("table.columns")} icon={<SettingOutlined />} />
          </Dropdown>
        </Space>
      </div>
      {batch && chosen.length > 0 && (
        // rows may leave a filtered list by what is done with them: what became of each is still told then
        <div className="batch" role="toolbar" style={chosenRows.length ? undefined : { display: "none" }}>
          <b>{say("batch.chosen", { n: chosenRows.length })}</b>
          {batch(chosenRows, () => setChosen([]))}
          <Button type="link" onClick={() => setChosen([])}>
            {say("batch.clear")}
          </Button>
        </div>
      )}
      <Table<T>
        rowKey={rowKey}
        rowSelection={
          batch && {
            selectedRowKeys: chosen,
            onChange: (keys) => setChosen(keys.map(String)),
            getTitleCheckboxProps: () => ({ "aria-label": say("table.all") }),
            getCheckboxProps: (row) => ({ "aria-label": rowKey(row) }),
            onCell: () => ({ onClick: (event) => event.stopPropagation() }),
          }
        }
        dataSource={rows}
        loading={list.isPending}
        pagination={false}
        scroll={{ x: "max-content" }}
        locale={{ emptyText: list.isPending ? <div className="not-yet" /> : <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={empty ?? say("table.empty")} /> }}
        onRow={onOpen ? (row) => opening(() => onOpen(row)) : undefined}
        columns={shown.map((each) => ({
          key: each.key,
          title: each.title,
          align: each.align,
          width: each.width,
          fixed: each.title === "" ? ("end" as const) : undefined, // what can be done with a row is never out of sight
          render: (_: unknown, row: T) => each.render(row),
        }))}
      />
      <div className="crud-foot">
        {list.hasNextPage ? (
          <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {say("table.more")} · {say("table.shown", { n: rows.length })}
          </Button>
        ) : (
          rows.length > 0 && <span className="soft">{say("table.all_shown", { n: rows.length })}</span>
        )}
      </div>
    </div>
  );
}

/** What makes a row open by the mouse and by the keyboard. */
export const opening = (open: () => void) => ({
  className: "opens",
  tabIndex: 0,
  onClick: open,
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
    if (event.key === "Enter" && event.target === event.currentTarget) open();
  },
});

/** A filter that stands in the address. */
export function useFilter(name: string): [string | undefined, (value: string | undefined) => void] {
  const [search, setSearch] = useSearchParams();
  const set = (value: string | undefined) =>
    setSearch(
      (before) => {
        const after = new URLSearchParams(before);
        if (value) after.set(name, value);
        else after.delete(name);
        return after;
      },
      { replace: true },
    );
  return [search.get(name) ?? undefined, set];
}
