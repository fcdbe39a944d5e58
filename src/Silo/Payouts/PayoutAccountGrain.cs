using System.Net.Mail;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payouts;

/// <summary>
/// Somebody's account at the provider. The row is durable before the provider is asked to make the account. Reentrant: decisions take
/// turns, calls to the provider run beside them; and nobody is called while the turn is held.
/// </summary>
[Reentrant]
internal sealed partial class PayoutAccountGrain(
    [PersistentState("payout-account")] IPersistentState<PayoutAccountRecord> record, StripeClient stripe, PayoutLists lists, CardPaymentTools tools,
    IOptions<PayoutsOptions> options, ILogger<PayoutAccountGrain> logger) : Grain, IPayoutAccountGrain
{
    /// <summary>The type of its due times.</summary>
    public const string DueType = "PayoutAccount";

    /// <summary>Metadata of an account at the provider: whose.</summary>
    public const string AccountId = "account_id";

    private const int EmailLengthMax = 254;

    /// <summary>Payouts that are asked when something happens at the bank.</summary>
    private const int AtBankMax = 50;

    /// <summary>How long a bank may send a payout back after it was paid.</summary>
    private static readonly TimeSpan BankDoubtsFor = TimeSpan.FromDays(30);

    /// <summary>An answer of the provider is this long as good as new, for one that is active.</summary>
    private static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(1);

    /// <summary>How long an account that was asked for is tried to be made without its owner.</summary>
    private static readonly TimeSpan TryFor = TimeSpan.FromHours(23);

    private readonly PaymentTurn _turn = new();

    private string Id => GetPrimaryKeyString();

    public async ValueTask<Result<PayoutOnboarding>> Start(Caller caller, StartOnboarding request)
    {
        if (caller.Id != Id) { return PayoutProblems.NotFound; }
        if (!tools.Payments.Available) { return PayoutProblems.ProviderSilent; }
        using (await _turn.EnterAsync())
        {
            if (record.State.ProviderId is null && await OpenAsync(caller, request) is { } refusal) { return refusal; }
        }

        if (await EnsureAsync() is { } problem) { return problem; }
        await RefreshAsync(TimeSpan.Zero);
        var known = record.State;
        var link = await stripe.CreateAccountLinkAsync(
            new CreateAccountLink(
                known.ProviderId!,
                known.Known == PayoutAccountState.Active ? StripeAccountLinkUse.AccountUpdate : StripeAccountLinkUse.AccountOnboarding,
                request.ReturnUrl, request.ReturnUrl),
            $"payout-link:{Id}:{Guid.CreateVersion7(Time.GetUtcNow()):N}");
        return link is StripeAnswer<StripeAccountLink>.Ok { Value: var page } ? new PayoutOnboarding(page.Url, page.ExpiresAt, ToView()) : PayoutProblems.ProviderSilent;
    }

    public async ValueTask<Result<PayoutAccountView>> Get(Caller caller)
    {
        if (caller.Id != Id) { return PayoutProblems.NotFound; }
        if (record.State.ProviderId is not null)
        {
            var refresh = RefreshAsync(record.State.Known == PayoutAccountState.Active ? FreshFor : CardPaymentTimes.AskEvery);
            await PaymentTurn.WaitAsync(Task.WhenAny(refresh), CardPaymentTimes.AskWait, Time);
        }

        return ToView();
    }

    public async ValueTask AccountMoved(string providerId)
    {
        using (await _turn.EnterAsync())
        {
            // The event of the account's making may come before the answer to the call that made it, or in the place of a lost one.
            if (record is { RecordExists: true, State.ProviderId: null }) { await AdoptAsync(providerId); }
            if (record.State.ProviderId != providerId)
            {
                Log.OtherAccount(logger, Id, record.State.ProviderId, providerId);
                return;
            }
        }

        await RefreshAsync(TimeSpan.Zero);
    }

    public async ValueTask BankMoved()
    {
        foreach (var payout in await lists.ReadAtBankAsync(Id, Time.GetUtcNow() - BankDoubtsFor, AtBankMax))
        {
            await GrainFactory.GetGrain<IPayoutGrain>(payout).BankMoved();
        }
    }

    public async ValueTask<Result<PayoutDestination>> Begin(string payoutId)
    {
        if (record.State.Running == payoutId && record.State.ProviderId is { } already) { return new PayoutDestination(already); }
        if (record.State.ProviderId is null) { return PayoutProblems.AccountNeeded; }
        await RefreshAsync(FreshFor);
        using var turn = await _turn.EnterAsync();
        var state = record.State;
        if (state.Known != PayoutAccountState.Active) { return PayoutProblems.NotReady(state.Missing, state.Problem); }
        if (state.Running is { } running && running != payoutId) { return PayoutProblems.Running; }
        await StoreAsync(state with { Running = payoutId });
        return new PayoutDestination(state.ProviderId!);
    }

    public async ValueTask End(string payoutId)
    {
        using var turn = await _turn.EnterAsync();
        if (record.State.Running == payoutId) { await StoreAsync(record.State with { Running = null }); }
    }

    public async ValueTask OnDue()
    {
        if (record.RecordExists && record.State.ProviderId is null && Time.GetUtcNow() - record.State.StartedAt < TryFor)
        {
            await EnsureAsync();
            if (record.State.ProviderId is null) { await tools.DueTimes.SetAsync(DueType, Id, CardPaymentTimes.NextLook(record.State.StartedAt, Time.GetUtcNow())); }
            return;
        }

        await tools.DueTimes.ClearAsync(DueType, Id);
    }

    /// <summary>Refuses, or makes the row durable. Nothing else has an effect before the row.</summary>
    private async Task<Refusal?> OpenAsync(Caller caller, StartOnboarding request)
    {
        var email = request.Email?.Trim() ?? "";
        var country = request.Country?.Trim().ToUpperInvariant() ?? "";
        if (email.Length is 0 or > EmailLengthMax || !MailAddress.TryCreate(email, out var parsed) || parsed.Address != email) { return PayoutProblems.EmailInvalid; }
        if (!options.Value.OfferedCountries.Contains(country, StringComparer.Ordinal)) { return PayoutProblems.CountryUnknown; }
        var state = record.State;
        if (record.RecordExists && state.Email == email && state.Country == country) { return null; }

        // Other content is another request, and takes another key.
        await tools.DueTimes.SetAsync(DueType, Id, Time.GetUtcNow() + CardPaymentTimes.FirstLook);
        await StoreAsync(state with
        {
            Name = caller.Person.Name,
            Email = email,
            Country = country,
            Attempt = record.RecordExists ? state.Attempt + 1 : 1,
            StartedAt = Time.GetUtcNow(),
            Known = PayoutAccountState.Pending,
        });
        return null;
    }

    /// <summary>Makes the account at the provider, once. Null: it is there.</summary>
    private async Task<Refusal?> EnsureAsync()
    {
        var asked = record.State;
        if (asked.ProviderId is not null) { return null; }

        var answer = await stripe.CreateAccountAsync(
            new CreateAccount(asked.Email, asked.Name, asked.Country, new Dictionary<string, string>(StringComparer.Ordinal) { [AccountId] = Id }),
            $"payout-account:{Id}:{asked.Attempt}");
        using var turn = await _turn.EnterAsync();
        if (record.State.ProviderId is not null) { return null; }
        switch (answer)
        {
            case StripeAnswer<StripeAccount>.Ok { Value: var made }:
                await AdoptAsync(made.Id);
                await StoreAsync(AccountReading.Apply(record.State, made, Time.GetUtcNow()));
                return null;
            case StripeAnswer<StripeAccount>.Refused refused:
                // This key answers the same for ever; another address is another request.
                await StoreAsync(record.State with { Attempt = asked.Attempt + 1 });
                return refused.Error.Code == "email_invalid" || refused.Error.Param == "contact_email" ? PayoutProblems.EmailInvalid : PayoutProblems.ProviderSilent;
            case StripeAnswer<StripeAccount>.Unknown { ServerError: true } when record.State.Attempt == asked.Attempt:
                // An account that was made all the same stays empty: money only goes to the one whose id is stored.
                await StoreAsync(record.State with { Attempt = asked.Attempt + 1 });
                return PayoutProblems.ProviderSilent;
            default:
                return PayoutProblems.ProviderSilent;
        }
    }

    private async Task AdoptAsync(string providerId)
    {
        await lists.AddAccountAsync(providerId, Id);
        await StoreAsync(record.State with { ProviderId = providerId });
        await tools.DueTimes.ClearAsync(DueType, Id);
    }

    /// <summary>Asks the provider how the account is, unless that is known well enough.</summary>
    private async Task RefreshAsync(TimeSpan fresh)
    {
        if (record.State.ProviderId is not { } providerId || Time.GetUtcNow() - record.State.AskedAt < fresh) { return; }
        if (await stripe.GetAccountAsync(providerId) is not StripeAnswer<StripeAccount>.Ok { Value: var account }) { return; }

        string? lost = null;
        using (await _turn.EnterAsync())
        {
            var before = record.State.Known;
            var next = AccountReading.Apply(record.State, account, Time.GetUtcNow());
            if (next.Known != before) { Log.Moved(logger, Id, providerId, before, next.Known); }
            if (next.Known != PayoutAccountState.Active) { lost = next.Running; }
            await StoreAsync(next);
        }

        if (lost is not null) { await GrainFactory.GetGrain<IPayoutGrain>(lost).AccountLost(); }
    }

    private PayoutAccountView ToView()
    {
        var state = record.State;
        var rules = options.Value;
        return new PayoutAccountView(
            state.Known, state.Missing, state.Problem,
            new PayoutTerms(
                rules.MinimumMinor, rules.MinorPerHundredCoins, rules.SecondApproverAboveMinor, PayoutRecord.Currency, rules.OfferedCountries, tools.Options.Sandbox));
    }

    private Task StoreAsync(PayoutAccountRecord next)
    {
        if (record.RecordExists && next == record.State) { return Task.CompletedTask; }
        record.State = next;
        return _turn.WriteAsync(record.WriteStateAsync);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 6530, Level = LogLevel.Information, Message = "The payout account of {AccountId} ({ProviderId}) went from {From} to {To}")]
        public static partial void Moved(ILogger logger, string accountId, string providerId, PayoutAccountState from, PayoutAccountState to);

        [LoggerMessage(EventId = 6531, Level = LogLevel.Warning, Message = "The payout account of {AccountId} is {Known}; news of {Other} is ignored")]
        public static partial void OtherAccount(ILogger logger, string accountId, string? known, string other);
    }
}
