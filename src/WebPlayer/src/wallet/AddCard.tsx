import { useEffect, useRef, useState } from 'preact/hooks';
import { Busy } from '../app/ui/Busy';
import { Button } from '../app/ui/Button';
import { Dialog } from '../app/ui/Dialog';
import { Notice } from '../app/ui/Notice';
import { toast } from '../app/ui/toasts';
import { isTransient } from '../wire/answer';
import { api } from '../wire/api';
import { insist } from '../wire/insist';
import { newKey, plainKey } from '../wire/key';
import type { CardSetup } from '../wire/types';
import { BankFrame } from './BankFrame';
import { CardChoice } from './CardChoice';
import { CardPage } from './CardPage';
import { cardWords, loadCards } from './cards';
import { isSettled } from './newCard';
import { loadOffer, offer, offerProblem } from './offer';
import { followPayment, returnUrl } from './payment';

/** Saves a card for later. Its bank may ask whether it is really its owner (3-D Secure). */
export function AddCard({ onClose }: { readonly onClose: () => void }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [setup, setSetup] = useState<CardSetup | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const ending = useRef(new AbortController());
  const attempt = useRef<{ readonly key: string; readonly card: string } | null>(null);
  useEffect(() => {
    ending.current = new AbortController();
    void loadOffer();
    return () => ending.current.abort();
  }, []);
  const deal = offer.value;
  const card = chosen ?? deal?.testCards[0]?.paymentMethod ?? null;

  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (busy || card === null) return;
    const { signal } = ending.current;
    if (attempt.current?.card !== card) attempt.current = { key: newKey(), card };
    const { key } = attempt.current;
    setBusy(true);
    setProblem(null);
    setSetup(null);
    const answer = await insist(() => api.addCard(key, { paymentMethod: card, returnUrl: returnUrl() }), signal);
    if (signal.aborted) return;
    if (!answer.ok) {
      setBusy(false);
      if (!isTransient(answer.refusal)) attempt.current = null;
      return setProblem(answer.refusal.message);
    }
    setSetup(answer.value);
    const settled = isSettled(answer.value)
      ? answer.value
      : await followPayment((until) => api.cardSetup(plainKey(key), until), isSettled, setSetup, signal);
    if (signal.aborted) return;
    attempt.current = null;
    setBusy(false);
    if (settled?.state !== 'saved') {
      setProblem(
        settled === null
          ? 'Your bank has not answered yet. The card appears here when it does.'
          : (settled.problem ?? 'The card could not be saved. Try another one.'),
      );
      return;
    }
    await loadCards();
    toast(settled.card ? `${cardWords(settled.card)} is saved` : 'The card is saved', 'good');
    onClose();
  }

  const asks = busy && setup?.state === 'requiresAction' && setup.actionUrl;
  return (
    <Dialog title="Add a card" mayClose={!busy || Boolean(asks)} onClose={onClose}>
      {asks ? (
        <BankFrame url={asks} what="this card" onLeave={onClose} />
      ) : deal && !deal.sandbox ? (
        <CardPage />
      ) : (
        <form class="stack" onSubmit={(event) => void save(event)}>
          {deal ? (
            <CardChoice offer={deal} value={card} onChoose={setChosen} newOnly />
          ) : offerProblem.value ? (
            <Notice tone="problem">{offerProblem.value.message}</Notice>
          ) : (
            <Busy label="Loading the cards" />
          )}
          <p class="soft small">
            The payment provider keeps the card. Here, only its brand, last four digits and expiry are known.
          </p>
          {problem && <Notice tone="problem">{problem}</Notice>}
          <Button type="submit" tone="primary" wide busy={busy} disabled={card === null} data-testid="card-save">
            Save the card
          </Button>
          {deal?.sandbox && <p class="soft centred small">Payment sandbox: no money moves.</p>}
        </form>
      )}
    </Dialog>
  );
}
