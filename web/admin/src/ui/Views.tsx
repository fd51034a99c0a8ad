import { DeleteOutlined, StarOutlined } from "@ant-design/icons";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Alert, Button, Checkbox, Dropdown, Input } from "antd";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { run } from "../api/actions";
import { api, given, type Schema } from "../api/client";
import { useMe } from "../app/session";
import { useSay } from "../i18n";
import { newKey } from "./keys";
import { useWords } from "./Wrong";

type View = Schema<"SavedView">;

interface Props {
  place: string;
  hidden: string[];
  onHidden: (hidden: string[]) => void;
}

/** The views of a list that are kept: one's own and those that colleagues share; a click shows one. */
export function Views({ place, hidden, onHidden }: Props) {
  const say = useSay();
  const me = useMe();
  const words = useWords();
  const client = useQueryClient();
  const [search, setSearch] = useSearchParams();
  const [isOpen, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const views = useQuery({ queryKey: ["views", place], queryFn: () => given(api.GET("/api/v1/views", { params: { query: { place } } })), enabled: isOpen });
  const again = () => client.invalidateQueries({ queryKey: ["views", place] });
  const saving = useMutation({
    mutationFn: () => run("identity.save_view", { place, name: name.trim(), query: search.toString(), hidden, shared }, newKey()),
    onSuccess: () => {
      setName("");
      return again();
    },
  });
  const removing = useMutation({ mutationFn: (view: View) => run("identity.remove_view", { view_id: view.id }, newKey()), onSuccess: again });
  const show = (view: View) => {
    setSearch(new URLSearchParams(view.query), { replace: true });
    onHidden(view.hidden);
    setOpen(false);
  };
  const error = saving.error ?? removing.error ?? views.error;
  const panel = (
    <div className="choices views">
      {error && <Alert type="error" showIcon title={words(error)} />}
      {views.data?.length === 0 && <span className="soft">{say("view.none")}</span>}
      {(views.data ?? []).map((view) => (
        <div key={view.id} className="card-head">
          <Button type="link" size="small" onClick={() => show(view)}>
            {view.name}
          </Button>
          {view.owner_id === me.id ? (
            <span>
              {view.shared && <small className="soft">{say("view.is_shared")}</small>}
              <Button type="text" size="small" aria-label={`${say("view.remove")} ${view.name}`} icon={<DeleteOutlined />} onClick={() => removing.mutate(view)} />
            </span>
          ) : (
            <small className="soft">{view.owner_name}</small>
          )}
        </div>
      ))}
      <Input.Search
        aria-label={say("view.name")}
        placeholder={say("view.name")}
        value={name}
        maxLength={50}
        onChange={(event) => setName(event.target.value)}
        enterButton={say("view.save")}
        loading={saving.isPending}
        onSearch={() => name.trim() && saving.mutate()}
      />
      <Checkbox checked={shared} onChange={(event) => setShared(event.target.checked)}>
        {say("view.share")}
      </Checkbox>
    </div>
  );
  return (
    <Dropdown trigger={["click"]} open={isOpen} onOpenChange={setOpen} popupRender={() => panel}>
      <Button icon={<StarOutlined />}>{say("view.title")}</Button>
    </Dropdown>
  );
}
