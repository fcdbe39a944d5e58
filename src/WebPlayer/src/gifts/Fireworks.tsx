import { useEffect, useRef } from 'preact/hooks';

interface Spark {
  x: number;
  y: number;
  vx: number;
  vy: number;
  life: number;
  readonly span: number;
  readonly size: number;
  readonly hue: number;
  /** A small picture of the gift itself, instead of a spark. */
  readonly icon: boolean;
}

/** No storm may cost more than this many sparks a frame. */
const sparksMax = 420;
const burstEveryMs = 420;
const burstSparks = 56;

/** Bursts of lantern light over the whole picture, until it is taken down. Nothing moves for who asked for less motion. */
export function Fireworks({ icon }: { readonly icon: string }) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const canvas = ref.current;
    const brush = canvas?.getContext('2d');
    if (!canvas || !brush || matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const scale = Math.min(2, devicePixelRatio);
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    canvas.width = width * scale;
    canvas.height = height * scale;
    brush.scale(scale, scale);

    let sparks: Spark[] = [];
    let last = performance.now();
    let nextBurst = last;
    let frame = requestAnimationFrame(draw);
    return () => cancelAnimationFrame(frame);

    function draw(now: number): void {
      if (!brush) return;
      const dt = Math.min(0.05, (now - last) / 1000);
      last = now;
      if (now >= nextBurst && sparks.length + burstSparks <= sparksMax) {
        nextBurst = now + burstEveryMs;
        sparks.push(...burst(width, height));
      }
      brush.clearRect(0, 0, width, height);
      sparks = sparks.filter((spark) => spark.life < spark.span);
      for (const spark of sparks) {
        spark.life += dt;
        spark.vy += 190 * dt;
        spark.vx *= 1 - 1.1 * dt;
        spark.vy *= 1 - 0.7 * dt;
        spark.x += spark.vx * dt;
        spark.y += spark.vy * dt;
        const left = Math.max(0, 1 - spark.life / spark.span);
        brush.globalAlpha = Math.min(1, left * 1.8);
        if (spark.icon) {
          brush.font = `${spark.size * 7}px sans-serif`;
          brush.fillText(icon, spark.x, spark.y);
        } else {
          brush.globalCompositeOperation = 'lighter';
          brush.fillStyle = `hsl(${spark.hue} 100% ${50 + 25 * left}%)`;
          brush.beginPath();
          brush.arc(spark.x, spark.y, spark.size * (0.4 + left * 0.6), 0, Math.PI * 2);
          brush.fill();
          brush.globalCompositeOperation = 'source-over';
        }
      }
      brush.globalAlpha = 1;
      frame = requestAnimationFrame(draw);
    }
  }, [icon]);
  return <canvas ref={ref} class="fireworks" />;
}

function burst(width: number, height: number): Spark[] {
  const x = width * (0.15 + 0.7 * Math.random());
  const y = height * (0.12 + 0.4 * Math.random());
  const hue = [14, 38, 46, 158, 340][Math.floor(Math.random() * 5)] ?? 38;
  return Array.from({ length: burstSparks }, (_, n) => {
    const angle = (n / burstSparks) * Math.PI * 2 + Math.random() * 0.2;
    const speed = 90 + 230 * Math.sqrt(Math.random());
    return {
      x,
      y,
      vx: Math.cos(angle) * speed,
      vy: Math.sin(angle) * speed,
      life: 0,
      span: 1.1 + Math.random() * 0.9,
      size: 1.6 + Math.random() * 2.6,
      hue: hue + Math.random() * 18,
      icon: n % 14 === 0,
    };
  });
}
