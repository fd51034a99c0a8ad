import { landscape } from "@/art/drawing";
import { looks } from "@/looks";
import { saidIn, type Of } from "./reading";
import { To } from "./To";

/** A picture as wide as the page; without one, the landscape that the mall draws. */
function Wide({ src, alt }: { src?: string; alt: string }) {
  const { isDark } = looks.use();
  return <img className="picture" src={src || landscape(isDark)} alt={alt} />;
}

export function Banner({ block }: { block: Of<"banner"> }) {
  const title = saidIn(block.title, block.title_en);
  const text = saidIn(block.text, block.text_en);
  return (
    <section className="block banner">
      <To link={block.link} className="shot">
        <Wide src={block.picture} alt="" />
        <span className="shot-words">
          <b>{title}</b>
          {text && <small>{text}</small>}
        </span>
      </To>
    </section>
  );
}

/** Pictures side by side, to push aside by finger, wheel or keyboard. */
export function Carousel({ block }: { block: Of<"carousel"> }) {
  return (
    <section className="block carousel" tabIndex={0}>
      {block.slides.map((slide, n) => {
        const title = saidIn(slide.title, slide.title_en);
        return (
          <To key={n} link={slide.link} className="shot" label={title || undefined}>
            <Wide src={slide.picture} alt={title} />
            {title && (
              <span className="shot-words">
                <b>{title}</b>
              </span>
            )}
          </To>
        );
      })}
    </section>
  );
}

export function Zones({ block }: { block: Of<"zones"> }) {
  return (
    <section className="block zones">
      <img className="picture" src={block.picture} alt={block.alt ?? ""} />
      {block.zones?.map((zone, n) => (
        <span key={n} className="zone" style={{ left: `${zone.left}%`, top: `${zone.top}%`, width: `${zone.width}%`, height: `${zone.height}%` }}>
          <To link={zone.link} label={zone.label} />
        </span>
      ))}
    </section>
  );
}
