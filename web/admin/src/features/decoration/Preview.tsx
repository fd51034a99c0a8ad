import { Alert } from "antd";
import { useEffect, useRef, useState } from "react";
import { api, given, type Schema } from "../../api/client";
import { useListed, useSay, useWord, type Lang } from "../../i18n";
import { useWords } from "../../ui/Wrong";
import type { Draft } from "./page";
import { lacking, sent } from "./ready";

type Shown = Schema<"ShownPage">;
const SETTLES_MS = 250;

interface Props {
  shop: string;
  slug: string;
  draft: Draft;
  width: number;
  isMember: boolean;
  at: string | null;
  chosen: string | null;
  onChoose: (key: string) => void;
}

/** The mall itself in a frame, as wide as the device it stands for; it is handed the page as it is being edited. */
export function Preview({ shop, slug, draft, width, isMember, at, chosen, onChoose }: Props) {
  const say = useSay();
  const listed = useListed();
  const word = useWord();
  const words = useWords();
  const frame = useRef<HTMLIFrameElement>(null);
  const { place, scale, height } = useScale(width);
  const [spoken, setSpoken] = useState<Lang | null>(null);
  const { page, error } = useDrawn(shop, slug, draft, isMember, at, spoken);
  const waiting = draft.blocks.filter((each) => lacking(each).length);

  useEffect(() => {
    const listen = (event: MessageEvent<{ kind?: string; key?: string; lang?: Lang } | null>) => {
      if (event.source !== frame.current?.contentWindow || event.origin !== window.location.origin) return;
      if (event.data?.kind === "shangmai.ready") setSpoken(event.data.lang ?? "zh-CN");
      if (event.data?.kind === "shangmai.chosen" && event.data.key) onChoose(event.data.key);
    };
    window.addEventListener("message", listen);
    return () => window.removeEventListener("message", listen);
  }, [onChoose]);
  useEffect(() => {
    if (spoken && page) frame.current?.contentWindow?.postMessage({ kind: "shangmai.show", page, chosen }, window.location.origin);
  }, [spoken, page, chosen]);

  const address = slug === "home" ? "/?preview=1" : `/mall/page?slug=${slug}&preview=1`;
  return (
    <div className="decor-preview" ref={place}>
      {error !== undefined && <Alert type="warning" showIcon banner title={say("decor.preview_wrong", { what: words(error) })} />}
      {error === undefined && waiting.length > 0 && <Alert type="info" showIcon banner title={say("decor.preview_waits", { what: listed(waiting.map((each) => word("block_kind", each.kind))) })} />}
      <div className="decor-device" style={{ width: width * scale, height }}>
        <iframe ref={frame} src={address} title={say("decor.preview")} style={{ width, height: height / scale, transform: `scale(${scale})` }} />
      </div>
    </div>
  );
}

/** How much smaller than it is the frame must be to fit beside the panels, and how high the window lets it be. */
function useScale(width: number) {
  const place = useRef<HTMLDivElement>(null);
  const [room, setRoom] = useState({ width: 600, height: 640 });
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const measure = () => setRoom({ width: element.clientWidth, height: Math.max(420, window.innerHeight - element.getBoundingClientRect().top - window.scrollY - 32) });
    const watching = new ResizeObserver(measure);
    watching.observe(element);
    window.addEventListener("resize", measure);
    return () => {
      watching.disconnect();
      window.removeEventListener("resize", measure);
    };
  }, []);
  return { place, scale: Math.min(1, room.width / width), height: room.height };
}

/** The page as the server draws it, with its products, in the language of the frame; asked once the hands rest. Blocks that lack something stay out. */
function useDrawn(shop: string, slug: string, draft: Draft, isMember: boolean, at: string | null, lang: Lang | null): { page: Shown | undefined; error: unknown } {
  const [drawn, setDrawn] = useState<{ page: Shown | undefined; error: unknown }>({ page: undefined, error: undefined });
  const blocks = draft.blocks.filter((each) => !lacking(each).length).map(sent);
  const asked = JSON.stringify({ shop_id: shop, slug, title: draft.title, title_en: draft.title_en, blocks, is_member: isMember, at });
  useEffect(() => {
    if (!lang) return undefined;
    let isWanted = true;
    const draw = async () => {
      try {
        const page = await given(api.POST("/api/v1/storefront/page-preview", { params: { query: { lang } }, body: JSON.parse(asked) as Schema<"PageDraft"> }));
        if (isWanted) setDrawn({ page, error: undefined });
      } catch (error) {
        if (isWanted) setDrawn((before) => ({ ...before, error }));
      }
    };
    const timer = setTimeout(() => void draw(), SETTLES_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [asked, lang]);
  return drawn;
}
