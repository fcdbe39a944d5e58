using LiveCommerce.Actors;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.RedPackets;

/// <summary>What the clock does: tells the room, ends the packet, gives back what nobody took.</summary>
internal sealed partial class RedPacketGrain
{
    private void StartTicking() => _timer ??= RegisterGrainTimer(_ => TickAsync(), new GrainTimerCreationOptions(Tick, Tick) { KeepAlive = true });

    private async Task TickAsync()
    {
        if (Time.GetUtcNow() < _restUntil) { return; }
        try
        {
            await AdvanceAsync();
        }
        catch (Exception problem)
        {
            _restUntil = Time.GetUtcNow() + Rest;
            Log.Failed(logger, problem, Id);
        }
    }

    /// <summary>Does whatever is to be done now. Idempotent; cut off anywhere, the next one goes on.</summary>
    private async Task AdvanceAsync()
    {
        using var turn = await _turn.EnterAsync();
        if (!record.RecordExists)
        {
            // The due time was set, and then the packet was not stored: nothing has happened.
            await dueTimes.ClearAsync(IRedPacketGrain.DueType, Id);
            DeactivateOnIdle();
            return;
        }

        if (State.Stage == RedPacketStage.Funding && await TryFundAsync() is not null) { return; }
        if (State.Stage == RedPacketStage.Open)
        {
            await TryOfferAsync();
            var allPosted = await PostTheRestAsync();
            await TryTellAsync();
            if (Time.GetUtcNow() < State.EndsAt && !(allPosted && SharesFree == 0)) { return; }

            record.State = State with { Stage = RedPacketStage.Ending };
            await StoreAsync();
        }

        if (State.Stage == RedPacketStage.Ending && !await TryEndAsync()) { return; }
        if (State.Stage is RedPacketStage.Over or RedPacketStage.Refused) { await TidyAsync(); }
    }

    // Shares whose grab was cut off between the decision and the wallet. Those under way look after themselves.
    private async Task<bool> PostTheRestAsync()
    {
        for (var place = 0; place < State.Taken.Count; place++)
        {
            if (State.Taken[place].Posted) { continue; }
            if (_grabbing.ContainsKey(State.Taken[place].Person.Id)) { return false; }

            // Its grab may have been cut off by the very write that should have made it durable.
            await StoreAsync();
            if (await PostAsync(place) is not null) { return false; }
        }

        return true;
    }

    private async Task<bool> TryEndAsync()
    {
        // Nothing is decided any more; a grab that is under way and this may both post, with the same key.
        await StoreAsync();
        for (var place = 0; place < State.Taken.Count; place++)
        {
            if (await PostAsync(place) is not null) { return false; }
        }

        var rest = State.Coins - State.TakenCoins;
        if (rest > 0 && !await TryReturnAsync(rest)) { return false; }

        record.State = State with { Stage = RedPacketStage.Over, Returned = rest };
        await StoreAsync();
        Log.Over(logger, Id, State.Taken.Count, rest);
        return true;
    }

    private async Task<bool> TryReturnAsync(long rest)
    {
        while (true)
        {
            var key = State.ReturnKey ?? LedgerKeys.Derive(State.FundKey, "return");
            var answer = await Ledger.Post(new LedgerEntry(
                key, PaymentIds.Fingerprint("return", Id, rest), LedgerEntryKind.PacketReturned, Account,
                [new LedgerLeg(LedgerAccount.Coins(State.Sender.Id), rest)], Rate: 0, Reference: Reference, Original: State.FundKey));
            if (answer.Outcome == LedgerOutcome.Moved) { return true; }
            if (answer.Outcome != LedgerOutcome.KeyOutOfTime)
            {
                if (answer.Outcome != LedgerOutcome.Busy) { Log.Unposted(logger, answer.Outcome, Id); }
                return false;
            }

            // Never used, so it may be replaced.
            record.State = State with { ReturnKey = Guid.CreateVersion7(Time.GetUtcNow()) };
            await StoreAsync();
        }
    }

    /// <summary>Tells everybody that it is over. The due time stands until that is done.</summary>
    private async Task TidyAsync()
    {
        var funded = State.Stage == RedPacketStage.Over;
        if (funded)
        {
            var best = State.Taken.Count == 0 ? null : State.Taken.MaxBy(taken => taken.Coins);
            await Room.Announce(new RedPacketOver(
                Id, State.Taken.Count, best is null ? null : new RedPacketShare(best.Person, best.Coins), State.Returned));
        }

        var limits = GrainFactory.GetGrain<IGivingLimitsGrain>(State.Sender.Id);
        if (funded) { await limits.PacketOver(IdKey, [.. State.Taken.Select(taken => new RedPacketShare(taken.Person, taken.Coins))]); }
        else { await limits.GiveBack(IdKey); }
        await GrainFactory.GetGrain<IPacketAllowanceGrain>(State.Sender.Id).LeaveSending(Id, funded);
        await GrainFactory.GetGrain<IRoomPacketsGrain>(State.RoomId).Leave(Id);
        await dueTimes.ClearAsync(IRedPacketGrain.DueType, Id);
        _timer?.Dispose();
        _timer = null;
    }

    // A room that knows the packet takes it for no news.
    private async Task TryOfferAsync()
    {
        if (_offered || Time.GetUtcNow() >= State.EndsAt) { return; }
        _offered = await TryAnnounceAsync(new RedPacketOffered(View().Card));
    }

    private async Task TryTellAsync()
    {
        var view = View();
        if (view.Grabs.Count == _told) { return; }
        var moved = new RedPacketMoved(Id, view.Card.SharesLeft, view.Card.CoinsLeft, [.. view.Grabs.TakeLast(RedPacketLimits.LatestMax)]);
        if (await TryAnnounceAsync(moved)) { _told = view.Grabs.Count; }
    }

    private async Task<bool> TryAnnounceAsync(RoomEvent happened)
    {
        try
        {
            await Room.Announce(happened);
            return true;
        }
        catch (Exception problem)
        {
            Log.RoomNotTold(logger, problem, State.RoomId, Id);
            return false;
        }
    }
}
