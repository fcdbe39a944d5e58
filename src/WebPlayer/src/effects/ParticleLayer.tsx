import { useEffect, useRef } from 'preact/hooks';
import type { Particles } from './particles';
import './particles.css';

/** Where the particles of a stage fly. */
export function ParticleLayer({ particles }: { readonly particles: Particles }) {
  const ref = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    particles.attach(ref.current);
    return () => particles.attach(null);
  }, [particles]);
  return <canvas ref={ref} class="particles" />;
}
