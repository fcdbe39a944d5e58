using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Silo.Payments;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Payouts;

/// <summary>What follows from what is known: the ledger's entries, the lists, the next look.</summary>
internal sealed partial class PayoutGrain
{
    private async Task TakeInAsync(ProviderTransfer transfer)
    {
        var state = record.State;
        var isOurs = transfer.AmountMinor == state.AmountMinor && transfer.Currency == PayoutRecord.Currency && transfer.Destination == state.Destination
            && (state.TransferId is null || state.TransferId == transfer.TransferId);
        if (!isOurs)
        {
            Log.OtherTransfer(logger, Id, state.TransferId, transfer.TransferId, transfer.AmountMinor, transfer.Currency);
            return;
        }

        if (!PayoutMachine.HasMoved(state.Stage))
        {
            var moved = await ApplyAsync(PayoutHappened.TransferMade, state with
            {
                TransferId = transfer.TransferId,
                DestinationPayment = transfer.DestinationPayment,
                TransferredAt = Time.GetUtcNow(),
                Problem = null,
            });
            if (!moved)
            {
                Log.SentAfterAll(logger, Id, state.Stage, transfer.TransferId);
                return;
            }
        }

        if (transfer.ReversedMinor <= record.State.ReversedMinor) { return; }
        await LookAgainAsync();
        var taken = record.State with { ReversedMinor = transfer.ReversedMinor };
        if (taken.ReversedMinor < taken.AmountMinor) { await StoreAsync(taken); }
        else
        {
            await ApplyAsync(PayoutHappened.TransferReversed, taken with
            {
                Problem = "The platform took this payout back. The earnings can be withdrawn again; ask the operator why.",
            });
        }
    }

    private async Task TakeInAsync(BankSight bank)
    {
        switch (bank)
        {
            case BankSight.Paid paid:
                await ApplyAsync(PayoutHappened.BankTook, record.State with { ArrivesAt = paid.ArrivesAt, Problem = null });
                break;
            case BankSight.Failed failed:
                await ApplyAsync(PayoutHappened.BankRefused, record.State with { Problem = ReasonOf(failed.Code) });
                break;
            case BankSight.Going going when record.State.Stage == PayoutState.Transferred:
                await StoreAsync(record.State with { ArrivesAt = going.ArrivesAt });
                break;
        }
    }

    /// <summary>Commits what is decided, and says when to look again.</summary>
    private async Task FinishAsync()
    {
        var now = Time.GetUtcNow();
        if (!await TrySettleAsync())
        {
            await tools.DueTimes.SetAsync(DueType, Id, now + CardPaymentTimes.PostAgain);
            return;
        }

        var state = record.State;
        DateTimeOffset? next = state.Stage switch
        {
            PayoutState.Requested => now + CardPaymentTimes.FirstLook,
            PayoutState.Reserved => state.NotBefore > now ? state.NotBefore : now + CardPaymentTimes.FirstLook,
            PayoutState.WaitingForApproval => now + TimeSpan.FromDays(1),
            PayoutState.TransferSent => CardPaymentTimes.NextLook(state.SentAt, now),
            PayoutState.Transferred or PayoutState.BankFailed when now - state.TransferredAt < AskBankFor => CardPaymentTimes.NextLook(state.TransferredAt, now),
            _ => null,
        };
        if (next is { } at) { await tools.DueTimes.SetAsync(DueType, Id, at); }
        else { await tools.DueTimes.ClearAsync(DueType, Id); }
    }

    /// <summary>False: not everything now; again when due.</summary>
    private async Task<bool> TrySettleAsync()
    {
        try
        {
            if (PayoutMachine.HasMoved(record.State.Stage) && !(await PostAsync() && await TakeBackAsync())) { return false; }
            if (record.State.Stage is PayoutState.Canceled or PayoutState.Declined && !(await GiveBackAsync() && await RepayAllAsync("given-back"))) { return false; }
            if (!PayoutMachine.IsUnderWay(record.State.Stage) && !record.State.Ended)
            {
                await Account.End(Id);
                await StoreAsync(record.State with { Ended = true });
            }

            var phase = (int)PhaseOf(record.State.Stage);
            if (record.State.NotedPhase != phase)
            {
                await lists.SetPhaseAsync(Id, (PayoutPhase)phase);
                await StoreAsync(record.State with { NotedPhase = phase });
            }

            return true;
        }
        catch (LedgerUnavailableException error)
        {
            Log.SettleFailed(logger, error, Id);
            return false;
        }
    }

    private async Task<bool> PostAsync() => Check("pay out", await Steps.TakeAsync(
        "pay-out", 1, (key, _) => Ledger.PostTogether(Entries.PayOut(key, Steps.Find("reserve")!.Key))));

    private async Task<bool> GiveBackAsync()
    {
        // Without the step nothing was ever kept back. A hold that is unknown was not taken, and one that is over was given back.
        if (Steps.Find("reserve") is not { } reserved) { return true; }
        var outcome = await Steps.TakeAsync("give-back", 1, (key, _) => Ledger.PostTogether(Entries.GiveBack(key, reserved.Key)));
        return outcome is LedgerOutcome.OriginalUnknown or LedgerOutcome.HoldOver || Check("give back", outcome);
    }

    private async Task<bool> TakeBackAsync()
    {
        var state = record.State;
        if (state.ReversedPosted >= state.ReversedMinor) { return true; }

        var (from, until) = (state.ReversedPosted, state.ReversedMinor);
        if (!Check("take back", await Steps.TakeAsync($"take-back:{from}", until, (key, amount) => Ledger.PostTogether(Entries.TakeBack(key, from, amount)))))
        {
            return false;
        }

        // A later reversal may have come while this one was posted: the step knows which it was.
        until = Steps.Find($"take-back:{from}")!.Amount;
        if (!await RepayAllAsync($"{from}")) { return false; }
        await StoreAsync(record.State with { ReversedPosted = until });
        return await TakeBackAsync();
    }

    /// <summary>What has become available repays what its owner owes: the ledger does that by itself for new earnings only.</summary>
    private async Task<bool> RepayAllAsync(string after) =>
        await RepayAsync($"repay:{LedgerUnit.Coins}:{after}", LedgerUnit.Coins) && await RepayAsync($"repay:{LedgerUnit.UsdCents}:{after}", LedgerUnit.UsdCents);

    private async Task<bool> RepayAsync(string step, LedgerUnit unit)
    {
        var outcome = await Steps.TakeAsync(
            step,
            async () =>
            {
                var owner = record.State.Owner.Id;
                var balances = await Ledger.GetBalances([LedgerAccount.Available(owner, unit), LedgerAccount.Receivable(owner, unit)]);
                return Math.Max(0, Math.Min(balances[0].Balance - balances[0].Held, -balances[1].Balance));
            },
            (key, amount) => Ledger.Post(Entries.Repay(key, unit, amount)));
        if (outcome is LedgerOutcome.Moved) { return true; }

        // Something was repaid or withdrawn since it was decided how much; later earnings repay what is left.
        await Steps.DropAsync(step);
        return outcome is LedgerOutcome.Insufficient or LedgerOutcome.TooMuch or LedgerOutcome.Frozen;
    }

    private bool Check(string what, LedgerOutcome outcome)
    {
        if (outcome == LedgerOutcome.Moved) { return true; }
        Log.NotTaken(logger, what, Id, outcome);
        return false;
    }

    /// <summary>Stores <paramref name="next"/> with the stage after <paramref name="happened"/>; without an arrow nothing changes.</summary>
    private async Task<bool> ApplyAsync(PayoutHappened happened, PayoutRecord next)
    {
        if (!PayoutMachine.Table.TryApply(record.State.Stage, happened, out var stage)) { return false; }

        // Before the row, so that what follows from it is done after a crash too.
        await LookAgainAsync();
        Log.Moved(logger, Id, record.State.Stage, stage, next.TransferId);
        await StoreAsync(next with { Stage = stage });
        return true;
    }

    private Task LookAgainAsync() => tools.DueTimes.SetAsync(DueType, Id, Time.GetUtcNow() + CardPaymentTimes.FirstLook);

    private Task StoreAsync(PayoutRecord next)
    {
        if (record.RecordExists && next == record.State) { return Task.CompletedTask; }
        record.State = next;
        return _turn.WriteAsync(record.WriteStateAsync);
    }

    private static PayoutPhase PhaseOf(PayoutState state) => state switch
    {
        PayoutState.WaitingForApproval => PayoutPhase.WaitsForOperator,
        PayoutState.Transferred or PayoutState.BankFailed => PayoutPhase.OnItsWay,
        _ when PayoutMachine.IsUnderWay(state) => PayoutPhase.NotSent,
        _ => PayoutPhase.Over,
    };

    private static string ReasonOf(string? code) => code switch
    {
        "account_closed" => "Your bank account is closed, so the bank sent the money back to your account at the payment provider. Give another bank account there.",
        "no_account" => "Your bank account was not found, so the money went back to your account at the payment provider. Correct your bank details there.",
        _ => "Your bank sent the money back to your account at the payment provider. Check your bank details there; it goes out again with the next payment.",
    };

    private static partial class Log
    {
        [LoggerMessage(EventId = 6500, Level = LogLevel.Information, Message = "Payout {PayoutId} went from {From} to {To} ({TransferId})")]
        public static partial void Moved(ILogger logger, string payoutId, PayoutState from, PayoutState to, string? transferId);

        [LoggerMessage(EventId = 6501, Level = LogLevel.Error, Message = "The ledger did not {What} payout {PayoutId}: {Outcome}; it is tried again")]
        public static partial void NotTaken(ILogger logger, string what, string payoutId, LedgerOutcome outcome);

        [LoggerMessage(EventId = 6502, Level = LogLevel.Warning, Message = "What payout {PayoutId} moved could not be posted; it is posted when due")]
        public static partial void SettleFailed(ILogger logger, Exception error, string payoutId);

        [LoggerMessage(EventId = 6503, Level = LogLevel.Error,
            Message = "Payout {PayoutId} has transfer {Known}, and {Other} of {Amount} {Currency} names it too or differs: nothing follows, check it by hand")]
        public static partial void OtherTransfer(ILogger logger, string payoutId, string? known, string other, long amount, string currency);

        [LoggerMessage(EventId = 6504, Level = LogLevel.Error,
            Message = "Payout {PayoutId} is {State}, and transfer {TransferId} was made for it all the same: reverse that transfer at the provider")]
        public static partial void SentAfterAll(ILogger logger, string payoutId, PayoutState state, string transferId);

        [LoggerMessage(EventId = 6505, Level = LogLevel.Warning, Message = "Transfer {TransferId} names payout {PayoutId}, which does not exist; ignored")]
        public static partial void UnknownPayout(ILogger logger, string payoutId, string transferId);
    }
}
