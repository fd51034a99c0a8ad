import { useQuery } from "@tanstack/react-query";
import { Empty, Space, Statistic } from "antd";
import { api, given, readPage, type Schema } from "../../api/client";
import { useSay } from "../../i18n";
import { isWrong, Wrong } from "../../ui/Wrong";

type Bin = Schema<"Bin">;

const PAGES_MAX = 20;
const WIDE = 860;
const HIGH = 340;
const EDGE = 34;

interface Place {
  x: number;
  y: number;
}

/** All bins of a warehouse that stand somewhere. */
async function binsOf(warehouse: string): Promise<Bin[]> {
  const all: Bin[] = [];
  let cursor: string | null = null;
  for (let n = 0; n < PAGES_MAX; n += 1) {
    const page: { items: Bin[]; next: string | null } = await readPage<Bin>("/api/v1/warehouse/bins", { warehouse_id: warehouse, limit: "200" }, cursor);
    all.push(...page.items);
    cursor = page.next;
    if (!cursor) break;
  }
  return all.filter((each) => each.aisle !== null && each.offset_mm !== null);
}

/** From one place to the next as one walks: along the aisle, or by the cross aisle that is nearest to both. */
function walk(from: Place, to: Place, cross: number[]): Place[] {
  if (from.x === to.x) return [to];
  const by = cross.reduce((best, each) => (Math.abs(from.y - each) + Math.abs(to.y - each) < Math.abs(from.y - best) + Math.abs(to.y - best) ? each : best), cross[0] ?? 0);
  return [{ x: from.x, y: by }, { x: to.x, y: by }, to];
}

/** The floor from above, with the way of a task on it: aisles stand up, the front is below. */
export function FloorPlan({ warehouse, task }: { warehouse: string; task: string }) {
  const say = useSay();
  const bins = useQuery({ queryKey: ["all-bins", warehouse], queryFn: () => binsOf(warehouse), staleTime: 300_000 });
  const policy = useQuery({ queryKey: ["floor-policy", warehouse], queryFn: () => given(api.GET("/api/v1/warehouse/floor-policy", { params: { query: { warehouse_id: warehouse } } })), staleTime: 300_000 });
  const path = useQuery({ queryKey: ["path", task], queryFn: () => given(api.GET("/api/v1/warehouse/tasks/{task_id}/path", { params: { path: { task_id: task } } })), refetchInterval: 5_000 });
  const wrong = [bins, policy, path].find(isWrong);
  if (wrong) return <Wrong error={wrong.error} />;
  if (!bins.data || !policy.data || !path.data) return null;
  if (bins.data.length === 0) return <Empty description={say("desk.no_layout")} />;
  const { pitch_mm = 3_000, cross_mm = [], depot_aisle = 0, depot_mm = 0 } = policy.data.layout ?? {};
  const aisles = Math.max(...bins.data.map((each) => each.aisle ?? 0), depot_aisle) + 1;
  const back = Math.max(...bins.data.map((each) => each.offset_mm ?? 0)) + 600;
  const scale = Math.min((WIDE - 2 * EDGE) / Math.max((aisles - 1) * pitch_mm, 1), 60 / 1_000);
  const tall = (HIGH - 2 * EDGE) / back;
  const x = (aisle: number) => EDGE + 20 + aisle * pitch_mm * scale;
  const y = (mm: number) => HIGH - EDGE - mm * tall;
  const cross = [0, ...cross_mm, back].map(y);
  const known = new Map(bins.data.map((each) => [each.code, each]));
  const stops = path.data.bins.flatMap((code) => {
    const bin = known.get(code);
    return bin ? [{ code, x: x(bin.aisle ?? 0), y: y(bin.offset_mm ?? 0) }] : [];
  });
  const depot = { x: x(depot_aisle), y: y(depot_mm) };
  const way = [...stops, depot].reduce<Place[]>((line, next) => [...line, ...walk(line[line.length - 1] ?? depot, next, cross)], [depot]);
  const spots = [...new Map(bins.data.map((each) => [`${each.aisle} ${each.offset_mm}`, each])).values()];
  return (
    <>
      <Space size="large" wrap>
        <Statistic title={say("desk.length")} value={(path.data.length_mm / 1000).toFixed(1)} suffix="m" />
        <Statistic title={say("desk.s_shape")} value={(path.data.s_shape_mm / 1000).toFixed(1)} suffix="m" />
        <Statistic title={say("desk.stops")} value={path.data.bins.length} />
      </Space>
      <svg className="desk-plan" viewBox={`0 0 ${WIDE} ${HIGH}`} role="img" aria-label={say("desk.path")}>
        {cross.map((at) => (
          <line key={at} x1={x(0) - 20} x2={x(aisles - 1) + 20} y1={at} y2={at} className="cross" />
        ))}
        {Array.from({ length: aisles }, (_, n) => (
          <g key={n}>
            <line x1={x(n)} x2={x(n)} y1={y(0)} y2={y(back)} className="aisle" />
            <text x={x(n)} y={HIGH - 8}>
              {n + 1}
            </text>
          </g>
        ))}
        {spots.map((each) => (
          <rect key={each.id} x={x(each.aisle ?? 0) - 14} y={y(each.offset_mm ?? 0) - 7} width={28} height={14} rx={3} className="spot">
            <title>{each.code}</title>
          </rect>
        ))}
        <polyline points={way.map((each) => `${each.x},${each.y}`).join(" ")} className="way" />
        <rect x={depot.x - 9} y={depot.y - 9} width={18} height={18} rx={4} className="depot">
          <title>{say("desk.depot")}</title>
        </rect>
        {stops.map((each, n) => (
          <g key={each.code}>
            <circle cx={each.x} cy={each.y} r={11} className="stop" />
            <text x={each.x} y={each.y + 4} className="n">
              {n + 1}
            </text>
            <text x={each.x + 16} y={each.y + 4} className="code">
              {each.code}
            </text>
          </g>
        ))}
      </svg>
    </>
  );
}
