import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Mentions, Skeleton } from "antd";
import { useState } from "react";
import { run } from "../../api/actions";
import { api, given, readPage, type Schema } from "../../api/client";
import { useGrant } from "../../app/session";
import { useSay } from "../../i18n";
import { newKey } from "../../ui/keys";
import { when } from "../../ui/format";
import { isWrong, useWords, Wrong } from "../../ui/Wrong";

type Note = Schema<"OrderNote">;

/** What colleagues say to each other about an order; whom a note names by @login gets a notice. */
export function Notes({ orderId }: { orderId: string }) {
  const say = useSay();
  const mayWrite = useGrant("orders.write_note");
  const path = `/api/v1/orders/${orderId}/notes`;
  const list = useInfiniteQuery({
    queryKey: [path],
    queryFn: ({ pageParam }) => readPage<Note>(path, { limit: "20" }, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  });
  if (isWrong(list)) return <Wrong error={list.error} onRetry={() => void list.refetch()} />;
  const notes = list.data?.pages.flatMap((each) => each.items) ?? [];
  return (
    <>
      {mayWrite && <Write orderId={orderId} />}
      {list.isPending && <Skeleton active />}
      {!list.isPending && notes.length === 0 && <p className="soft">{say("note.none")}</p>}
      {notes.map((each) => (
        <div key={each.id} className="note">
          {each.text}
          <small className="soft">
            {each.by_name} · {when(each.at)}
          </small>
        </div>
      ))}
      {list.hasNextPage && (
        <Button size="small" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {say("table.more")}
        </Button>
      )}
    </>
  );
}

function Write({ orderId }: { orderId: string }) {
  const say = useSay();
  const words = useWords();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [key, setKey] = useState(newKey);
  const colleagues = useQuery({ queryKey: ["colleagues"], queryFn: () => given(api.GET("/api/v1/colleagues")), staleTime: 300_000 });
  const sending = useMutation({
    mutationFn: () => run("orders.write_note", { order_id: orderId, text }, key),
    onSuccess: async () => {
      setText("");
      setKey(newKey());
      await client.invalidateQueries({ queryKey: [`/api/v1/orders/${orderId}/notes`] });
    },
  });
  return (
    <div className="stack gap">
      <Mentions
        aria-label={say("note.write")}
        placeholder={say("note.write")}
        value={text}
        maxLength={1000}
        rows={2}
        onChange={(value) => {
          setText(value);
          setKey(newKey());
        }}
        options={(colleagues.data ?? []).map((each) => ({ value: each.login, label: `${each.display_name} · ${each.login}` }))}
      />
      {sending.error && <Alert type="error" showIcon title={words(sending.error)} />}
      <div>
        <Button type="primary" size="small" loading={sending.isPending} disabled={!text.trim()} onClick={() => sending.mutate()}>
          {say("note.send")}
        </Button>
      </div>
    </div>
  );
}
