import { useEffect, useState } from 'preact/hooks';
import { coins } from '../app/session';
import { Coins, Money } from '../app/ui/Amount';
import { Busy } from '../app/ui/Busy';
import { Button, LinkButton } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { coinsText, count, money } from '../app/ui/format';
import { Notice } from '../app/ui/Notice';
import { GivingHelp } from '../wallet/GivingHelp';
import { nearText } from '../wallet/limits';
import { codes, type GiftItem } from '../wire/types';
import { ComboRing } from './ComboButton';
import { cardOffer, cardPriceMinor, loadCardOffer } from './cardGifts';
import { gifts, giftsProblem, loadGifts } from './catalog';
import type { GiftSender } from './giftSender';
import './panel.css';

interface GiftPanelProps {
  readonly sender: GiftSender;
  readonly onTopUp: () => void;
  /** The person wants to give coins to everybody here. */
  readonly onPacket: () => void;
  /** The person wants to pay for this one by card. */
  readonly onCard: (gift: GiftItem, quantity: number, priceMinor: number) => void;
  readonly onClose: () => void;
}

const quantities = [1, 5, 10, 66] as const;

/** Every gift with its price in coins and in money, the balance, and one big button. Stays open for the next tap. */
export function GiftPanel({ sender, onTopUp, onPacket, onCard, onClose }: GiftPanelProps) {
  const [chosenId, setChosenId] = useState<string | null>(sender.lastGiftId.value);
  const [quantity, setQuantity] = useState<number>(1);
  useEffect(() => {
    // What was refused before the panel was closed may be right now: the purse has been filled since. What it was opened for stays.
    if (sender.problem.value?.code !== codes.birthDateNeeded) sender.problem.value = null;
    void loadGifts();
    void loadCardOffer();
  }, [sender]);
  const chosen = gifts.value.find(({ giftId }) => giftId === chosenId) ?? gifts.value[0] ?? null;
  const cardMinor = chosen && cardPriceMinor(chosen.price * quantity, cardOffer.value);
  const combo = sender.combo.value;

  return (
    <Dialog title="Send a gift" look="sheet" onClose={onClose}>
      {gifts.value.length === 0 && giftsProblem.value && (
        <Notice tone="problem">
          {giftsProblem.value.message}
          <Button size="small" onClick={() => void loadGifts()}>
            Try again
          </Button>
        </Notice>
      )}
      {gifts.value.length === 0 && !giftsProblem.value && <Busy label="Loading the gifts" />}
      <fieldset class="gift-grid">
        <legend class="visually-hidden">Gift</legend>
        {gifts.value.map((gift) => (
          <GiftTile key={gift.giftId} gift={gift} chosen={gift === chosen} onChoose={() => setChosenId(gift.giftId)} />
        ))}
      </fieldset>
      <Button wide data-testid="packet-new" onClick={onPacket}>
        <span aria-hidden="true">🧧</span> Red packet for everybody here
      </Button>
      {chosen && cardMinor !== null && (
        <Button wide onClick={() => onCard(chosen, quantity, cardMinor)} data-testid="gift-card">
          {`Pay ${money(cardMinor, chosen.currency)} by card instead`}
        </Button>
      )}
      {sender.problem.value && (
        <GivingHelp
          refusal={sender.problem.value}
          onBirthDate={() => {
            sender.problem.value = null;
          }}
        />
      )}
      {!sender.problem.value && sender.left.value && (
        <Notice>
          {nearText(sender.left.value)}
          <LinkButton href="/wallet#limits" size="small" newTab>
            See my limits
          </LinkButton>
        </Notice>
      )}
      <div class="gift-foot">
        <div class="gift-balance">
          <span data-testid="balance">
            <Coins amount={coins.value ?? 0} />
          </span>
          <Button size="small" tone="quiet" onClick={onTopUp}>
            Top up
          </Button>
        </div>
        <label class="gift-quantity">
          <span class="visually-hidden">How many</span>
          <select value={String(quantity)} onChange={(event) => setQuantity(Number(event.currentTarget.value))}>
            {quantities.map((n) => (
              <option key={n} value={String(n)}>
                ×{n}
              </option>
            ))}
          </select>
        </label>
        {chosen && (
          <button type="button" class="gift-send" data-testid="gift-send" onClick={() => sender.give(chosen, quantity)}>
            {combo?.giftId === chosen.giftId && <ComboRing key={combo.until} />}
            <span class="visually-hidden">
              {`Send ${quantity > 1 ? `${quantity} ` : ''}${chosen.name} for ${coinsText(chosen.price * quantity)}, about ${money(chosen.priceMinor * quantity, chosen.currency)}`}
            </span>
            <span aria-hidden="true">{combo?.giftId === chosen.giftId ? `×${combo.count}` : 'Send'}</span>
            <span class="gift-send-price numbers" aria-hidden="true">
              {count(chosen.price * quantity)} · {money(chosen.priceMinor * quantity, chosen.currency)}
            </span>
          </button>
        )}
      </div>
      <p class="gift-small soft">
        Prices in money are what the coins cost.{' '}
        <a href="/rates" target="_blank" rel="noopener">
          What the streamer gets<span class="visually-hidden"> (new tab)</span>
        </a>
      </p>
    </Dialog>
  );
}

interface GiftTileProps {
  readonly gift: GiftItem;
  readonly chosen: boolean;
  readonly onChoose: () => void;
}

function GiftTile({ gift, chosen, onChoose }: GiftTileProps) {
  return (
    <label class={`gift-tile gift-tile-${gift.tier}`} data-testid="gift-item" data-gift-id={gift.giftId}>
      <input type="radio" name="gift" class="visually-hidden" checked={chosen} onChange={onChoose} />
      <span class="gift-tile-icon" aria-hidden="true">
        {gift.icon}
      </span>
      <span class="gift-tile-name">{gift.name}</span>
      <Coins amount={gift.price} />
      <span class="gift-tile-money">
        <Money minor={gift.priceMinor} currency={gift.currency} />
      </span>
    </label>
  );
}
