using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.RedPackets;

/// <summary>
/// Taking shares. Thousands may come in a second: whoever comes when every share is spoken for is answered from memory; the others are
/// checked side by side, and each write and each commit holds all that was decided since the one before.
/// </summary>
internal sealed partial class RedPacketGrain
{
    private readonly Dictionary<string, Task<Result<PacketGrab>>> _grabbing = new(StringComparer.Ordinal);
    private TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _lastWrite = Task.CompletedTask;
    private Task? _nextWrite;

    // Shares that somebody is being checked for.
    private int _spokenFor;

    private int SharesFree => State.Shares.Length - State.Taken.Count;

    public async ValueTask<Result<PacketGrab>> Grab(Caller caller, string roomId)
    {
        if (!record.RecordExists) { DeactivateOnIdle(); }
        if (!record.RecordExists || State.RoomId != roomId || State.Stage is RedPacketStage.Funding or RedPacketStage.Refused) { return RedPacketRules.NotFound; }
        if (caller.Id == State.Sender.Id) { return RedPacketRules.Own; }

        // The same person twice at once is one grab.
        if (_grabbing.TryGetValue(caller.Id, out var running)) { return await running; }
        var grab = GrabOnceAsync(caller);
        if (grab.IsCompleted) { return await grab; }
        _grabbing.Add(caller.Id, grab);
        try
        {
            return await grab;
        }
        finally
        {
            _grabbing.Remove(caller.Id);
        }
    }

    private async Task<Result<PacketGrab>> GrabOnceAsync(Caller caller)
    {
        var place = State.Taken.FindIndex(taken => taken.Person.Id == caller.Id);
        if (place < 0)
        {
            if (await SpeakForAsync() is { } late) { return late; }
            var refusal = await DecideAsync(caller);
            if (refusal is not null) { return refusal; }
            place = State.Taken.FindIndex(taken => taken.Person.Id == caller.Id);
            await StoreAsync();
        }

        if (await PostAsync(place) is { } notYet) { return notYet; }
        var balance = await Ledger.GetBalance(LedgerAccount.Coins(caller.Id));
        return new PacketGrab(Id, State.Taken[place].Coins, balance, SharesFree);
    }

    /// <summary>Speaks for a share in the order of arrival; waits while every share that is left is spoken for.</summary>
    private async Task<Refusal?> SpeakForAsync()
    {
        while (true)
        {
            if (RefuseByTime() is { } refusal) { return refusal; }
            if (SharesFree == 0) { return RedPacketRules.Over(allTaken: true); }
            if (_spokenFor < SharesFree)
            {
                _spokenFor++;
                return null;
            }

            await _freed.Task;
        }
    }

    /// <summary>Gives the caller the next share, or refuses. What was spoken for is free again, or taken.</summary>
    private async Task<Refusal?> DecideAsync(Caller caller)
    {
        Refusal? refusal = null;
        var isTaken = false;
        try
        {
            var standing = Room.GetStanding(caller.Id, caller.Moderates).AsTask();
            var allowed = GrainFactory.GetGrain<IPacketAllowanceGrain>(caller.Id).TakeGrab(Id).AsTask();
            await Task.WhenAll(standing, allowed);
            refusal = (await standing).Refusal ?? (await allowed).Refusal ?? RefuseByTime();
            if (refusal is null)
            {
                record.State = State with
                {
                    Taken = State.Taken.Add(new TakenShare(
                        caller.Person, State.Shares[State.Taken.Count], LedgerKeys.Derive(State.FundKey, $"grab:{caller.Id}"), Posted: false)),
                };
                isTaken = true;
            }
        }
        finally
        {
            _spokenFor--;

            // Who waits goes on when a share is free again, or none will be.
            if (!isTaken || SharesFree == 0)
            {
                var freed = _freed;
                _freed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                freed.SetResult();
            }
        }

        return refusal;
    }

    private Refusal? RefuseByTime()
    {
        var now = Time.GetUtcNow();
        if (State.Stage != RedPacketStage.Open || now >= State.EndsAt) { return RedPacketRules.Over(State.Taken.Count == State.Shares.Length); }
        return now < State.OpensAt ? RedPacketRules.NotOpen(State.OpensAt, now) : null;
    }

    /// <summary>Brings a share into its wallet, once. Null: it is there.</summary>
    private async Task<Refusal?> PostAsync(int place)
    {
        while (!State.Taken[place].Posted)
        {
            var taken = State.Taken[place];
            var answer = await Ledger.Post(new LedgerEntry(
                taken.Key, PaymentIds.Fingerprint("grab", Id, taken.Person.Id, taken.Coins), LedgerEntryKind.PacketGrabbed, Account,
                [new LedgerLeg(LedgerAccount.Coins(taken.Person.Id), taken.Coins)], Rate: 0, Reference: Reference, Original: State.FundKey));
            switch (answer.Outcome)
            {
                case LedgerOutcome.Moved:
                    // Stored with the next write; should that never come, it is posted again, which moves nothing.
                    record.State = State with { Taken = State.Taken.SetItem(place, State.Taken[place] with { Posted = true }) };
                    break;

                case LedgerOutcome.KeyOutOfTime:
                    // The ledger knows a used key whatever its age, so this one was never used and may be replaced.
                    // Once: the grab and the end of the packet may both be told so, and two keys would be two shares.
                    record.State = State.Rekeyed(place, taken.Key, Guid.CreateVersion7(Time.GetUtcNow()));
                    await StoreAsync();
                    break;

                case LedgerOutcome.Busy:
                    return Busy();

                default:
                    Log.Unposted(logger, answer.Outcome, Id);
                    return new Refusal(RefusalCode.Unavailable, "Your share is kept for you and will be in your wallet soon.");
            }
        }

        return null;
    }

    /// <summary>Stores the packet as it is when the write begins: writes that wait are one write. Durable on completion.</summary>
    private Task StoreAsync() => _nextWrite ??= WriteNextAsync(_lastWrite);

    private async Task WriteNextAsync(Task before)
    {
        await Task.Yield(); // so that the field is set before it is cleared
        await before.ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        _lastWrite = _nextWrite!;
        _nextWrite = null;
        await _turn.WriteAsync(record.WriteStateAsync);
    }
}
