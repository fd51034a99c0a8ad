import { AlertOutlined, BellOutlined, CheckCircleOutlined, ClockCircleOutlined, MessageOutlined, RollbackOutlined } from "@ant-design/icons";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Badge, Button, Drawer, Empty, Skeleton, Tooltip } from "antd";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useNavigate } from "react-router";
import { run } from "../api/actions";
import { api, given, readPage, type Schema } from "../api/client";
import { usePick, useSay } from "../i18n";
import { when } from "../ui/format";
import { isWrong, Wrong } from "../ui/Wrong";
import { useIsLive, useLookEvery } from "./live";

type Notice = Schema<"StaffNotice">;

const ICONS: Record<Notice["kind"], ReactNode> = {
  mention: <MessageOutlined />,
  exceptions: <AlertOutlined />,
  overdue: <ClockCircleOutlined />,
  finished: <CheckCircleOutlined />,
  after_sale: <RollbackOutlined />,
};

/** The bell: how many notices are unread, the list behind it; who is mentioned is told at once. */
export function Notices() {
  const say = useSay();
  const [isOpen, setOpen] = useState(false);
  const isLive = useIsLive();
  const every = useLookEvery(20_000);
  const unread = useQuery({ queryKey: ["notices", "unread"], queryFn: () => given(api.GET("/api/v1/notices/unread")), refetchInterval: every });
  const count = unread.data?.count ?? 0;
  useMentions(count);
  return (
    <>
      <Tooltip title={say(isLive ? "notice.live" : "notice.not_live")}>
        <Badge count={count} overflowCount={99} size="small" offset={[-6, 6]}>
          <Button type="text" aria-label={say("notice.open", { n: count })} icon={<BellOutlined className={isLive ? undefined : "soft"} />} onClick={() => setOpen(true)} />
        </Badge>
      </Tooltip>
      <Drawer title={say("notice.title")} open={isOpen} onClose={() => setOpen(false)} size={420} destroyOnHidden>
        <List unread={count} onGone={() => setOpen(false)} />
      </Drawer>
    </>
  );
}

/** Shows a mention in the corner as it comes; those that were there before the page was opened are not news. */
function useMentions(count: number): void {
  const pick = usePick();
  const go = useNavigate();
  const { notification } = App.useApp();
  const seen = useRef<string | null>(null);
  useEffect(() => {
    if (count === 0 && seen.current !== null) return;
    void readPage<Notice>("/api/v1/notices", { limit: "5" }, null).then(
      ({ items }) => {
        const before = seen.current;
        seen.current = items[0]?.id ?? "";
        if (before === null) return;
        for (const each of items.filter((notice) => notice.id > before && notice.kind === "mention" && !notice.is_read))
          notification.info({
            key: each.id,
            title: pick(each),
            placement: "bottomRight",
            duration: 10,
            onClick: () => {
              notification.destroy(each.id);
              void go(each.link);
            },
          });
      },
      () => undefined, // the list behind the bell tells what is wrong
    );
  }, [count, go, notification, pick]);
}

function List({ unread, onGone }: { unread: number; onGone: () => void }) {
  const say = useSay();
  const pick = usePick();
  const go = useNavigate();
  const client = useQueryClient();
  const list = useInfiniteQuery({
    queryKey: ["notices", "list"],
    queryFn: ({ pageParam }) => readPage<Notice>("/api/v1/notices", { limit: "30" }, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  const reading = useMutation({
    mutationFn: (id: string) => run("messaging.read_notices", { up_to: id }, `read-${id}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ["notices"] }),
  });
  useEffect(() => void client.invalidateQueries({ queryKey: ["notices", "list"] }), [client, unread]); // one that comes while the list is open
  if (list.isPending) return <Skeleton active />;
  if (isWrong(list)) return <Wrong error={list.error} onRetry={() => void list.refetch()} />;
  const rows = list.data.pages.flatMap((each) => each.items);
  const newest = rows[0];
  if (!newest) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={say("notice.none")} />;
  return (
    <>
      {unread > 0 && (
        <Button size="small" loading={reading.isPending} onClick={() => reading.mutate(newest.id)}>
          {say("notice.read_all")}
        </Button>
      )}
      <ul className="notices">
        {rows.map((each) => (
          <li key={each.id} className={each.is_read ? "soft" : "unread"}>
            <button
              type="button"
              onClick={() => {
                void go(each.link);
                onGone();
              }}
            >
              <span>{ICONS[each.kind]}</span>
              <span>
                {pick(each)}
                <small className="soft">{when(each.at)}</small>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {say("table.more")}
        </Button>
      )}
    </>
  );
}
