import { coinsText } from '../app/ui/format';
import { shareOut } from './rates';
import './rates.css';

/** Coins of the gift that shares are explained by. */
export const exampleCoins = 1000;

interface ShareBarProps {
  /** The streamer's part by the published rate, in 1/10,000. */
  readonly streamerPart: number;
  /** The agency's share of it, in 1/10,000. */
  readonly agencyShare?: number;
}

/** One gift, shared out: a bar for the eye, the numbers for everybody. */
export function ShareBar({ streamerPart, agencyShare = 0 }: ShareBarProps) {
  const { streamer, agency, platform } = shareOut(exampleCoins, streamerPart, agencyShare);
  const parts = [
    { name: 'Streamer', coins: streamer, look: 'streamer' },
    ...(agencyShare > 0 ? [{ name: 'Agency', coins: agency, look: 'agency' }] : []),
    { name: 'Platform', coins: platform, look: 'platform' },
  ];
  return (
    <figure class="share">
      <figcaption class="soft">Of a gift of {coinsText(exampleCoins)}:</figcaption>
      <svg class="share-bar" viewBox={`0 0 ${exampleCoins} 10`} preserveAspectRatio="none" aria-hidden="true">
        <rect class="share-platform" width={exampleCoins} height="10" />
        <rect class="share-agency" width={streamer + agency} height="10" />
        <rect class="share-streamer" width={streamer} height="10" />
      </svg>
      <dl class="share-parts">
        {parts.map(({ name, coins, look }) => (
          <div key={name} class={`share-part share-part-${look}`}>
            <dt>{name}</dt>
            <dd class="numbers">{coinsText(coins)}</dd>
          </div>
        ))}
      </dl>
    </figure>
  );
}
