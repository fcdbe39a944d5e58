using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments.Cards;

/// <summary>
/// The saved cards of one account. The row that a card is being saved is durable before the provider is called; a cut-off is made good
/// by the same request again, by the page that asks, or by the provider's event.
/// </summary>
internal sealed partial class SavedCardsGrain(
    [PersistentState("cards")] IPersistentState<SavedCardsRecord> record, StripeClient stripe, CardBook book, CardFingerprints fingerprints,
    CardPaymentTools tools, IOptions<PaymentsOptions> options, ILogger<SavedCardsGrain> logger) : Grain, ISavedCardsGrain
{
    /// <summary>Cards being saved that are remembered: bounds the row.</summary>
    private const int SetupsMax = 20;

    private const string PageExpired = "The provider's page was open for too long, and no card is saved. Start again.";

    private string Account => GetPrimaryKeyString();

    public ValueTask<Result<SavedCards>> List(Caller caller) =>
        ValueTask.FromResult<Result<SavedCards>>(caller.Id == Account ? record.State.ToView() : CardProblems.NotYours);

    public async ValueTask<Result<CardSetup>> Add(Caller caller, string setupId, AddCard card)
    {
        if (caller.Id != Account) { return CardProblems.NotYours; }
        if (Find(setupId) is { } known)
        {
            return known.PaymentMethod == card.PaymentMethod ? View(await AdvanceAsync(known)) : CardProblems.KeyReused;
        }

        if (PaymentIds.Check(card.PaymentMethod, card.ReturnUrl) is { } badText) { return badText; }
        if (await book.FindOwnerAsync(card.PaymentMethod) is { } owner && owner != Account) { return CardProblems.NotYours; }
        return await BeginAsync(new StoredSetup(setupId, card.PaymentMethod, card.ReturnUrl, CardSetupState.Processing));
    }

    public async ValueTask<Result<CardSetup>> AddOnPage(Caller caller, string setupId, AddCardOnPage page)
    {
        if (caller.Id != Account) { return CardProblems.NotYours; }
        if (Find(setupId) is { } known)
        {
            return known.IsOnPage && known.ReturnUrl == page.ReturnUrl && known.CancelUrl == page.CancelUrl
                ? View(await AdvanceAsync(known))
                : CardProblems.KeyReused;
        }

        if ((PaymentIds.CheckReturn(page.ReturnUrl) ?? PaymentIds.CheckReturn(page.CancelUrl)) is { } badText) { return badText; }
        return await BeginAsync(new StoredSetup(setupId, "", page.ReturnUrl, CardSetupState.Processing, CancelUrl: page.CancelUrl));
    }

    public async ValueTask<Result<CardSetup>> GetSetup(Caller caller, string setupId)
    {
        if (caller.Id != Account || Find(setupId) is not { } setup) { return CardProblems.NotFound; }
        return View(await AdvanceAsync(setup));
    }

    public async ValueTask SetupMoved(string setupId, string setupIntentId)
    {
        if (Find(setupId) is not { } setup) { return; }
        await AdvanceAsync(setup with { SetupIntent = setup.SetupIntent ?? (setupIntentId.Length > 0 ? setupIntentId : null) });
    }

    public async ValueTask<Result<SavedCards>> Remove(Caller caller, string cardId)
    {
        if (caller.Id != Account) { return CardProblems.NotYours; }
        if (record.State.Cards.Find(card => card.CardId == cardId) is not { } card) { return CardProblems.NotFound; }

        // First there: a card that is gone here and not there could still be charged. What is gone there already is refused, which is as good.
        if (await stripe.DetachPaymentMethodAsync(cardId, $"detach:{cardId}") is StripeAnswer<StripePaymentMethod>.Unknown) { return CardProblems.Unanswered; }

        var cards = record.State.Cards.Remove(card);
        await StoreAsync(record.State with { Cards = cards, Default = record.State.Default == cardId ? cards.LastOrDefault()?.CardId : record.State.Default });
        await book.RemoveAsync(cardId, Account);
        return record.State.ToView();
    }

    public async ValueTask<Result<SavedCards>> SetDefault(Caller caller, string cardId)
    {
        if (caller.Id != Account) { return CardProblems.NotYours; }
        if (!record.State.Cards.Exists(card => card.CardId == cardId)) { return CardProblems.NotFound; }
        await StoreAsync(record.State with { Default = cardId });
        return record.State.ToView();
    }

    public async ValueTask<Result<CardToCharge>> Resolve(string paymentMethod)
    {
        var saved = record.State.Cards.Find(card => card.CardId == paymentMethod);
        if (saved is null && await book.FindOwnerAsync(paymentMethod) is not null) { return CardProblems.NotYours; }
        if (await CheckSharingAsync(paymentMethod, saved?.Fingerprint) is { } refusal) { return refusal; }
        return new CardToCharge(saved is null ? null : record.State.Customer);
    }

    /// <summary>Whether a card, saved or not, may be used by one account more. That this one wants to pay with it is noted first.</summary>
    private async Task<Refusal?> CheckSharingAsync(string paymentMethod, string? fingerprint)
    {
        var most = options.Value.SharersMax;
        if (most == 0) { return null; }
        if (fingerprint is null && tools.Payments.Available)
        {
            (var answered, fingerprint) = await fingerprints.FindAsync(paymentMethod);
            if (!answered) { return CardProblems.Unanswered; }
        }

        return fingerprint is not null && await book.NoteAsync(fingerprint, Account, most, Time.GetUtcNow()) > most ? CardProblems.SharedByTooMany : null;
    }

    private StoredSetup? Find(string setupId) => record.State.Setups.Find(setup => setup.Id == setupId);

    /// <summary>What both ways to save a card begin with.</summary>
    private async Task<Result<CardSetup>> BeginAsync(StoredSetup setup)
    {
        if (PaymentIds.Check(setup.Id, Time.GetUtcNow()) is { } badId) { return badId; }
        if (!tools.Payments.Available) { return CardProblems.NotSetUp; }
        if (record.State.Cards.Count >= ISavedCardsGrain.CardsMax) { return CardProblems.TooMany; }
        if (!await HaveCustomerAsync()) { return CardProblems.Unanswered; }

        await StoreAsync(record.State with { Setups = [.. record.State.Setups.TakeLast(SetupsMax - 1), setup] });
        return View(await AdvanceAsync(setup));
    }

    /// <summary>One customer an account, made when it is first needed; the key makes a repeat find the first one.</summary>
    private async Task<bool> HaveCustomerAsync()
    {
        if (record.State.Customer is not null) { return true; }
        var answer = await stripe.CreateCustomerAsync(
            new CreateCustomer(new Dictionary<string, string>(StringComparer.Ordinal) { [CardPayments.AccountId] = Account }), $"customer:{Account}");
        if (answer is not StripeAnswer<StripeCustomer>.Ok { Value.Id: { Length: > 0 } customer }) { return false; }
        await StoreAsync(record.State with { Customer = customer });
        return true;
    }

    /// <summary>Asks the provider how the saving goes, or asks it to begin, and takes in the answer.</summary>
    private async Task<StoredSetup> AdvanceAsync(StoredSetup setup)
    {
        if (setup.State is CardSetupState.Saved or CardSetupState.Failed) { return setup; }
        if (setup.IsOnPage) { return await AdvancePageAsync(setup); }

        var answer = setup.SetupIntent is { } known
            ? await stripe.GetSetupIntentAsync(known)
            : await stripe.CreateSetupIntentAsync(
                new CreateSetupIntent(
                    record.State.Customer!, MetadataOf(setup),
                    setup.PaymentMethod, Confirm: true, ReturnUrl: setup.ReturnUrl),
                $"setup:{Account}:{setup.Id}");
        return answer switch
        {
            StripeAnswer<StripeSetupIntent>.Ok { Value: var intent } => await TakeInAsync(setup, intent, intent.LastSetupError),
            StripeAnswer<StripeSetupIntent>.Refused { Error: { SetupIntent: { } intent } error } => await TakeInAsync(setup, intent, intent.LastSetupError ?? error),
            StripeAnswer<StripeSetupIntent>.Refused { Error.Type: "idempotency_error" } => setup,
            StripeAnswer<StripeSetupIntent>.Refused refused =>
                await ChangeAsync(setup with { State = CardSetupState.Failed, Problem = PaymentNewsReader.ProblemOf(refused.Status, refused.Error) }),
            _ => setup,
        };
    }

    /// <summary>As long as the page is open, a card that did not work is no end: the payer tries another one there.</summary>
    private async Task<StoredSetup> AdvancePageAsync(StoredSetup setup)
    {
        var answer = setup.Session is { } known
            ? await stripe.GetCheckoutSessionAsync(known)
            : await stripe.CreateCardPageAsync(
                new CreateCardPage(
                    record.State.Customer!, TopUpPrices.Currency, setup.ReturnUrl, setup.CancelUrl!, MetadataOf(setup), MetadataOf(setup)),
                $"cardpage:{Account}:{setup.Id}");
        switch (answer)
        {
            case StripeAnswer<StripeCheckoutSession>.Ok { Value: { Status: "complete", SetupIntent: { } saved } session }:
                return await stripe.GetSetupIntentAsync(saved) is StripeAnswer<StripeSetupIntent>.Ok { Value: var intent }
                    ? await TakeInAsync(setup with { Session = session.Id }, intent, intent.LastSetupError)
                    : await ChangeAsync(setup with { Session = session.Id, State = CardSetupState.Processing });
            case StripeAnswer<StripeCheckoutSession>.Ok { Value: { Status: "expired" } session }:
                return await ChangeAsync(setup with { Session = session.Id, State = CardSetupState.Failed, Problem = PageExpired });
            case StripeAnswer<StripeCheckoutSession>.Ok { Value: var session }:
                return await ChangeAsync(setup with { Session = session.Id, State = CardSetupState.RequiresAction, ActionUrl = session.Url });
            case StripeAnswer<StripeCheckoutSession>.Refused { Error.Type: "idempotency_error" }:
                return setup;
            case StripeAnswer<StripeCheckoutSession>.Refused refused:
                return await ChangeAsync(setup with { State = CardSetupState.Failed, Problem = PaymentNewsReader.ProblemOf(refused.Status, refused.Error) });
            default:
                return setup;
        }
    }

    private Dictionary<string, string> MetadataOf(StoredSetup setup) =>
        new(StringComparer.Ordinal) { [CardPayments.AccountId] = Account, [CardPayments.CardSetupId] = setup.Id };

    private async Task<StoredSetup> TakeInAsync(StoredSetup setup, StripeSetupIntent intent, StripeError? error)
    {
        var next = setup with { SetupIntent = intent.Id };
        switch (intent.Status)
        {
            case PaymentNewsReader.Succeeded when intent.PaymentMethod is { } card:
                return await SaveAsync(next, card);
            case PaymentNewsReader.RequiresAction:
                return await ChangeAsync(next with { State = CardSetupState.RequiresAction, ActionUrl = intent.NextAction?.RedirectToUrl?.Url });
            case PaymentNewsReader.RequiresPaymentMethod or PaymentNewsReader.Canceled:
                var problem = error is null ? "The card was not confirmed and is not saved. Try again." : PaymentNewsReader.ProblemOf(402, error);
                return await ChangeAsync(next with { State = CardSetupState.Failed, Problem = problem, ActionUrl = null });
            default:
                return await ChangeAsync(next);
        }
    }

    private async Task<StoredSetup> SaveAsync(StoredSetup setup, string cardId)
    {
        if (await stripe.GetPaymentMethodAsync(cardId) is not StripeAnswer<StripePaymentMethod>.Ok { Value.Card: { } card }) { return await ChangeAsync(setup); }

        await book.AddAsync(cardId, Account, card.Fingerprint, Time.GetUtcNow());
        var stored = new StoredCard(cardId, card.Brand ?? "card", card.Last4 ?? "", card.ExpMonth ?? 0, card.ExpYear ?? 0, card.Fingerprint);
        var done = setup with { State = CardSetupState.Saved, CardId = cardId, ActionUrl = null, Problem = null };
        Log.Saved(logger, Account, cardId);
        await StoreAsync(record.State with
        {
            Cards = record.State.Cards.RemoveAll(one => one.CardId == cardId).Add(stored),
            Default = record.State.Default ?? cardId,
            Setups = record.State.Setups.ConvertAll(one => one.Id == done.Id ? done : one),
        });
        return done;
    }

    private async Task<StoredSetup> ChangeAsync(StoredSetup setup)
    {
        await StoreAsync(record.State with { Setups = record.State.Setups.ConvertAll(one => one.Id == setup.Id ? setup : one) });
        return setup;
    }

    private CardSetup View(StoredSetup setup) => new(
        setup.Id, setup.State, setup.State == CardSetupState.RequiresAction ? setup.ActionUrl : null,
        record.State.Cards.Find(card => card.CardId == setup.CardId)?.ToView(record.State.Default), setup.Problem);

    private async Task StoreAsync(SavedCardsRecord next)
    {
        record.State = next;
        try
        {
            await record.WriteStateAsync();
        }
        catch
        {
            // Memory and store may differ: the next call finds an activation that has read what is true.
            DeactivateOnIdle();
            throw;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 6280, Level = LogLevel.Information, Message = "Account {AccountId} has saved card {CardId}")]
        public static partial void Saved(ILogger logger, string accountId, string cardId);
    }
}
