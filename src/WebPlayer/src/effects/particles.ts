import { eachFrame, effectsLevel } from './frames';
import { stillness } from './motion';

/** One small thing in flight. Made once and used again, so that a storm makes no garbage. */
interface Particle {
  x: number;
  y: number;
  vx: number;
  vy: number;
  life: number;
  span: number;
  size: number;
  gravity: number;
  /** How far it sways, in pixels; 0 flies straight. */
  sway: number;
  sprite: HTMLCanvasElement | null;
}

/** No storm has more than this in flight, by the level of effects. */
export const particlesMax: readonly number[] = [240, 90, 0, 0];
/** Pixels of the canvas; a bigger stage is drawn coarser. */
const pixelsMax = 480_000;
const spritesMax = 32;
const burstEveryMs = 420;
const burstSize = 44;
const spriteSize = 48;

/** Hearts, sparks and fireworks of one stage, on one canvas that is only there while something flies. */
export function createParticles() {
  const pool: Particle[] = Array.from({ length: particlesMax[0] ?? 0 }, blank);
  const sprites = new Map<string, HTMLCanvasElement>();
  let flying = 0;
  let canvas: HTMLCanvasElement | null = null;
  let brush: CanvasRenderingContext2D | null = null;
  let running = false;
  let width = 0;
  let height = 0;
  let scale = 1;
  /** Whether the last frame left something that must be wiped away. */
  let dirty = false;
  let show: { readonly icon: string; readonly until: number; next: number } | null = null;

  function attach(to: HTMLCanvasElement | null): void {
    canvas = to;
    brush = null;
    flying = 0;
    show = null;
  }

  /** Hearts rise from a point of the stage, in pixels; from its lower right corner when none is named. */
  function hearts(count: number, from?: { readonly x: number; readonly y: number }): void {
    if (!begin()) return;
    const x = from?.x ?? width - 44;
    const y = from?.y ?? height * 0.82;
    const hues = [350, 14, 330, 38];
    for (let n = 0; n < count; n++) {
      const sprite = heart(hues[Math.floor(Math.random() * hues.length)] ?? 350);
      fly(
        x + spread(26),
        y + spread(12),
        spread(30),
        -130 - Math.random() * 90,
        1.5 + Math.random(),
        14,
        sprite,
        -10,
        18,
      );
    }
  }

  /** Bursts of lantern light over the whole stage, until then. */
  function fireworks(icon: string, until: number): void {
    if (!begin()) return;
    show = { icon, until, next: 0 };
  }

  function burst(icon: string): void {
    const x = width * (0.15 + 0.7 * Math.random());
    const y = height * (0.12 + 0.4 * Math.random());
    const hues = [14, 38, 46, 158, 340];
    const light = spark(hues[Math.floor(Math.random() * hues.length)] ?? 38);
    const size = effectsLevel.peek() === 0 ? burstSize : burstSize / 2;
    for (let n = 0; n < size; n++) {
      const angle = (n / size) * Math.PI * 2 + Math.random() * 0.2;
      const speed = 90 + 230 * Math.sqrt(Math.random());
      const picture = n % 11 === 0 ? emoji(icon) : light;
      const span = 1.1 + Math.random() * 0.9;
      fly(x, y, Math.cos(angle) * speed, Math.sin(angle) * speed, span, n % 11 === 0 ? 14 : 7, picture, 190, 0);
    }
  }

  function fly(
    x: number,
    y: number,
    vx: number,
    vy: number,
    span: number,
    size: number,
    sprite: HTMLCanvasElement,
    gravity: number,
    sway: number,
  ): void {
    if (flying >= (particlesMax[effectsLevel.peek()] ?? 0)) return;
    const one = pool[flying++];
    if (one) Object.assign(one, { x, y, vx, vy, span, size, sprite, gravity, sway, life: 0 });
  }

  /** Whether anything may fly at all; measures the canvas when it has not been in use. */
  function begin(): boolean {
    if (!canvas || stillness.peek() || document.hidden || (particlesMax[effectsLevel.peek()] ?? 0) === 0) return false;
    if (running) return true;
    width = canvas.clientWidth;
    height = canvas.clientHeight;
    if (width === 0 || height === 0) return false;
    const fine = effectsLevel.peek() === 0 ? Math.min(2, devicePixelRatio) : 1;
    scale = Math.min(fine, Math.sqrt(pixelsMax / (width * height)));
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    brush = canvas.getContext('2d');
    if (!brush) return false;
    running = true;
    canvas.dataset.flying = '';
    eachFrame(draw);
    return true;
  }

  function draw(now: number, elapsedMs: number): boolean {
    if (!canvas || !brush) {
      running = false;
      return false;
    }
    if (show && now >= show.until) show = null;
    if (show && now >= show.next) {
      show.next = now + burstEveryMs * (effectsLevel.peek() + 1);
      burst(show.icon);
    }
    brush.setTransform(scale, 0, 0, scale, 0, 0);
    if (dirty) brush.clearRect(0, 0, width, height);
    const dt = elapsedMs / 1000;
    const most = particlesMax[effectsLevel.peek()] ?? 0;
    if (flying > most) flying = most;
    for (let n = 0; n < flying; ) {
      const one = pool[n];
      if (!one?.sprite || one.life + dt >= one.span) {
        // The last one takes the place of the one that is over.
        flying--;
        const last = pool[flying];
        if (one && last) {
          pool[n] = last;
          pool[flying] = one;
        }
        continue;
      }
      move(one, dt);
      paint(brush, one, one.sprite);
      n++;
    }
    dirty = flying > 0;
    brush.globalAlpha = 1;
    if (flying > 0 || show) return true;
    brush.clearRect(0, 0, width, height);
    delete canvas.dataset.flying;
    running = false;
    return false;
  }

  function sprite(name: string, paintOn: (to: CanvasRenderingContext2D) => void): HTMLCanvasElement {
    const known = sprites.get(name);
    if (known) return known;
    const made = document.createElement('canvas');
    made.width = spriteSize;
    made.height = spriteSize;
    const to = made.getContext('2d');
    if (to) paintOn(to);
    const oldest = sprites.size >= spritesMax ? sprites.keys().next().value : undefined;
    if (oldest !== undefined) sprites.delete(oldest);
    sprites.set(name, made);
    return made;
  }

  function heart(hue: number): HTMLCanvasElement {
    return sprite(`heart ${hue}`, (to) => {
      to.translate(spriteSize / 2, spriteSize / 2);
      to.scale(spriteSize / 26, spriteSize / 26);
      to.fillStyle = `hsl(${hue} 92% 62%)`;
      to.strokeStyle = 'rgb(255 255 255 / 0.75)';
      to.lineWidth = 1.2;
      to.beginPath();
      to.moveTo(0, 10);
      to.bezierCurveTo(-14, 0, -11, -11, -4.5, -10);
      to.bezierCurveTo(-1.5, -9.5, 0, -6.5, 0, -5);
      to.bezierCurveTo(0, -6.5, 1.5, -9.5, 4.5, -10);
      to.bezierCurveTo(11, -11, 14, 0, 0, 10);
      to.fill();
      to.stroke();
    });
  }

  function spark(hue: number): HTMLCanvasElement {
    return sprite(`spark ${hue}`, (to) => {
      const middle = spriteSize / 2;
      const glow = to.createRadialGradient(middle, middle, 1, middle, middle, middle);
      glow.addColorStop(0, `hsl(${hue} 100% 92%)`);
      glow.addColorStop(0.28, `hsl(${hue} 100% 66%)`);
      glow.addColorStop(1, `hsl(${hue} 100% 50% / 0)`);
      to.fillStyle = glow;
      to.fillRect(0, 0, spriteSize, spriteSize);
    });
  }

  function emoji(icon: string): HTMLCanvasElement {
    return sprite(`icon ${icon}`, (to) => {
      to.font = `${spriteSize * 0.74}px sans-serif`;
      to.textAlign = 'center';
      to.textBaseline = 'middle';
      to.fillText(icon, spriteSize / 2, spriteSize / 2 + 2);
    });
  }

  return { attach, hearts, fireworks, flying: () => flying };
}

export type Particles = ReturnType<typeof createParticles>;

function blank(): Particle {
  return { x: 0, y: 0, vx: 0, vy: 0, life: 0, span: 1, size: 0, gravity: 0, sway: 0, sprite: null };
}

function spread(by: number): number {
  return (Math.random() - 0.5) * 2 * by;
}

function move(one: Particle, dt: number): void {
  one.life += dt;
  one.vy += one.gravity * dt;
  if (one.sway === 0) one.vx *= 1 - 1.1 * dt;
  one.vy *= 1 - 0.7 * dt;
  one.x += (one.vx + (one.sway === 0 ? 0 : Math.cos(one.life * 5 + one.span * 9) * one.sway)) * dt;
  one.y += one.vy * dt;
}

function paint(brush: CanvasRenderingContext2D, one: Particle, sprite: HTMLCanvasElement): void {
  const left = Math.max(0, 1 - one.life / one.span);
  const size = one.size * (one.sway === 0 ? 0.5 + left * 0.5 : Math.min(1, one.life * 6));
  brush.globalAlpha = Math.min(1, left * 1.8);
  brush.drawImage(sprite, one.x - size, one.y - size, size * 2, size * 2);
}
