import { useEffect, useState } from 'preact/hooks';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { Notice } from '../app/ui/Notice';
import { focusPanel, Panel } from '../app/ui/PageBody';
import { Tag } from '../app/ui/Tag';
import { toast } from '../app/ui/toasts';
import { api } from '../wire/api';
import type { SavedCard } from '../wire/types';
import { AddCard } from './AddCard';
import { CardName } from './CardName';
import { cards, cardsProblem, cardWords, expiryText, isExpired, loadCards } from './cards';
import { cardThatCameBack, followCard } from './newCard';
import './cards.css';

type Open = { readonly kind: 'add' } | { readonly kind: 'remove'; readonly card: SavedCard };

const panelId = 'cards';

/** The cards one has saved. The payment provider keeps them; this product knows brand, last digits and expiry. */
export function SavedCards() {
  const [open, setOpen] = useState<Open | null>(null);
  const [busyWith, setBusyWith] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [removed, setRemoved] = useState(0);
  useEffect(() => {
    void loadCards();
    const setupId = cardThatCameBack();
    if (setupId === null) return;
    const ending = new AbortController();
    void followCard(setupId, ending.signal).then((outcome) => {
      if (ending.signal.aborted) return;
      if (outcome.saved) toast(outcome.words, 'good');
      else setProblem(outcome.words);
    });
    return () => ending.abort();
  }, []);
  useEffect(() => {
    // The button that opened the question is gone with its card.
    if (removed > 0) focusPanel(panelId);
  }, [removed]);

  async function makeDefault(card: SavedCard): Promise<void> {
    setBusyWith(card.cardId);
    setProblem(null);
    const answer = await api.setDefaultCard(card.cardId);
    setBusyWith(null);
    if (!answer.ok) return setProblem(answer.refusal.message);
    cards.value = answer.value.cards;
    toast(`${cardWords(card)} is offered first from now on`, 'good');
  }

  const saved = cards.value;
  return (
    <Panel title="Saved cards" id={panelId}>
      {saved === null && cardsProblem.value === null && <Busy label="Loading your cards" />}
      {saved === null && cardsProblem.value && (
        <Notice tone="problem">
          {cardsProblem.value.message}
          <Button size="small" onClick={() => void loadCards()}>
            Try again
          </Button>
        </Notice>
      )}
      {saved?.length === 0 && <p class="soft">None. A saved card pays without being entered again.</p>}
      {saved && saved.length > 0 && (
        <ul class="cards">
          {saved.map((card) => (
            <li key={card.cardId} class="card-row" data-testid="card" data-card-id={card.cardId}>
              <div class="card-words">
                <CardName card={card} />
                <span class="soft small">
                  {isExpired(card, Date.now()) ? 'Expired' : 'Expires'} {expiryText(card)}
                </span>
              </div>
              {isExpired(card, Date.now()) && <Tag tone="bad">Expired</Tag>}
              {card.isDefault && <Tag tone="good">Default</Tag>}
              <div class="card-acts">
                {!card.isDefault && (
                  <Button
                    size="small"
                    tone="quiet"
                    busy={busyWith === card.cardId}
                    aria-label={`Make default: ${cardWords(card)}`}
                    onClick={() => void makeDefault(card)}
                    data-testid="card-default"
                  >
                    Make default
                  </Button>
                )}
                <Button
                  size="small"
                  tone="quiet"
                  aria-label={`Remove: ${cardWords(card)}`}
                  onClick={() => setOpen({ kind: 'remove', card })}
                  data-testid="card-remove"
                >
                  Remove
                </Button>
              </div>
            </li>
          ))}
        </ul>
      )}
      {problem && <Notice tone="problem">{problem}</Notice>}
      {saved && (
        <div class="row">
          <Button onClick={() => setOpen({ kind: 'add' })} data-testid="card-add">
            Add a card
          </Button>
        </div>
      )}
      {open?.kind === 'add' && <AddCard onClose={() => setOpen(null)} />}
      {open?.kind === 'remove' && (
        <RemoveCard
          card={open.card}
          onRemoved={() => {
            setOpen(null);
            setRemoved(removed + 1);
          }}
          onClose={() => setOpen(null)}
        />
      )}
    </Panel>
  );
}

interface RemoveCardProps {
  readonly card: SavedCard;
  readonly onRemoved: () => void;
  readonly onClose: () => void;
}

function RemoveCard({ card, onRemoved, onClose }: RemoveCardProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  async function remove(): Promise<void> {
    setBusy(true);
    setProblem(null);
    const answer = await api.removeCard(card.cardId);
    setBusy(false);
    if (!answer.ok) return setProblem(answer.refusal.message);
    cards.value = answer.value.cards;
    toast(`${cardWords(card)} is removed`, 'good');
    onRemoved();
  }

  return (
    <Dialog title="Remove the card?" mayClose={!busy} onClose={onClose}>
      <p>
        <CardName card={card} /> is forgotten here and at the payment provider. What you paid with it stays as it is,
        and a refund still goes to it.
      </p>
      {problem && <Notice tone="problem">{problem}</Notice>}
      <div class="row">
        <Button tone="danger" busy={busy} onClick={() => void remove()} data-testid="card-remove-yes">
          Remove the card
        </Button>
        <Button tone="quiet" onClick={onClose}>
          Keep it
        </Button>
      </div>
    </Dialog>
  );
}
