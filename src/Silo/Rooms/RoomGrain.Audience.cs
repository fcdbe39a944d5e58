using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Rooms;

/// <summary>Whom the room is for: everybody, or those who came in by a link. Gateways enforce it wherever something of the room is read.</summary>
internal sealed partial class RoomGrain
{
    // Null while nobody has asked for it: public rooms need none. A private room has it from the moment that it is private.
    private GuestList? _guests;

    public async ValueTask<Result<RoomView>> SetAudience(Caller caller, RoomAudience audience)
    {
        if (State.Owner is null) { return NotFound(); }
        if (caller.Id != State.Owner.Id) { return RoomRefusals.NotOwner(); }
        if (!Enum.IsDefined(audience)) { return new Refusal(RefusalCode.Malformed, "A room is public or private. Choose one of them."); }
        if (audience == State.Audience) { return View(); }
        if (audience == RoomAudience.Private && _stage.BattleAt(Time.GetUtcNow()) is { Phase: BattlePhase.Running })
        {
            return new Refusal(RefusalCode.BattleRunning, "A battle is for everybody to see. End it, or wait for its end; then make the room private.");
        }

        await LoadGuestsAsync();
        await AuditAsync(caller, "setAudience", RoomId, State.Details!.Title, audience == RoomAudience.Private ? "private" : "public", null);
        if (State.Stream is { } running)
        {
            // Private before or from now on: what is recorded of it is for guests.
            await recordings.SecludeAsync(running.StreamId);
            State.SecludedStreamId = running.StreamId;
        }

        State.Audience = audience;
        if (audience == RoomAudience.Public) { State.OpenedAt = Time.GetUtcNow(); }
        await SaveAsync();

        // What was said among guests stays among them.
        if (audience == RoomAudience.Public) { _chat.Clear(); }
        TellAudience();
        await TellDirectoryAsync();
        return View();
    }

    public async ValueTask<Result<RoomStanding>> GetGuestStanding(string? accountId, bool moderates = false)
    {
        if (State.Owner is null) { return NotFound(); }
        if (accountId is null) { return NotForStrangers(); }

        var guests = await LoadGuestsAsync();
        var standing = await GetStanding(accountId, moderates);
        return moderates || OfficeOf(accountId) != RoomPower.Viewer || guests.Contains(accountId) ? standing : NotForStrangers();
    }

    public ValueTask<bool> WasPrivate(string streamId, DateTimeOffset since)
    {
        var from = State.CountedStreamId == streamId && State.CountedFrom is { } began && began < since ? began : since;
        return ValueTask.FromResult(State.Audience == RoomAudience.Private || State.SecludedStreamId == streamId || State.OpenedAt >= from);
    }

    public async ValueTask<Result<GuestBook>> ReadGuests(Caller caller)
    {
        if (State.Owner is null) { return NotFound(); }
        if (caller.Id != State.Owner.Id) { return RoomRefusals.NotOwner(); }
        return (await LoadGuestsAsync()).View(State.Audience);
    }

    public async ValueTask<Result<Invitation>> MakeInvitation(Caller caller, string invitationId, InvitationDetails details)
    {
        if (State.Owner is null) { return NotFound(); }
        if (caller.Id != State.Owner.Id) { return RoomRefusals.NotOwner(); }
        if (!Guid.TryParseExact(invitationId, "N", out _)) { return new Refusal(RefusalCode.Malformed, "A link needs a key of its own. Reload the page and make it again."); }
        if (ChatRules.TryTitle(details.Name, out var name) is not null)
        {
            return new Refusal(RefusalCode.TitleNotAllowed, $"The name of a link has 1 to {RoomLimits.TitleLengthMax} characters. Choose another.");
        }

        if (details.Seconds is < RoomLimits.InvitationSecondsMin or > RoomLimits.InvitationSecondsMax)
        {
            return new Refusal(RefusalCode.DurationNotAllowed, "A link lets people in for 1 minute to 90 days. Choose another time.");
        }

        if (details.UsesMax is < 1 or > RoomLimits.GuestsMax)
        {
            return new Refusal(RefusalCode.AmountNotAllowed, $"A link lets in 1 to {RoomLimits.GuestsMax} people. Choose another number.");
        }

        var guests = await LoadGuestsAsync();
        if (guests.Find(invitationId) is { } known)
        {
            var isSame = known.Name == name && known.UsesMax == details.UsesMax && known.ExpiresAt - known.MadeAt == TimeSpan.FromSeconds(details.Seconds);
            return isSame ? known : KeyOfAnotherLink();
        }

        var now = Microseconds.ToTime(Microseconds.Of(Time.GetUtcNow()));
        if (guests.RefuseMaking(now, out var givenUp) is { } refusal) { return refusal; }

        var link = new Invitation(invitationId, name, now, now.AddSeconds(details.Seconds), 0, details.UsesMax);
        if (!await guestStore.AddAsync(RoomId, link, givenUp)) { return KeyOfAnotherLink(); }
        guests.Add(link, givenUp);
        return link;
    }

    public async ValueTask<Result<Done>> RevokeInvitation(Caller caller, string invitationId)
    {
        if (State.Owner is null) { return NotFound(); }
        if (caller.Id != State.Owner.Id) { return RoomRefusals.NotOwner(); }

        var guests = await LoadGuestsAsync();
        var (link, cameIn) = (guests.Find(invitationId), guests.CameInBy(invitationId));
        if (link is null && cameIn == 0) { return Done.Value; }

        // One that gave way to a newer link has guests still.
        await AuditAsync(caller, "revokeInvitation", invitationId, link?.Name ?? "", $"{cameIn} came in by it", null);
        await guestStore.RevokeAsync(RoomId, invitationId);
        if (guests.Revoke(invitationId) && State.Audience == RoomAudience.Private) { TellAudience(); }
        return Done.Value;
    }

    public async ValueTask<Result<Done>> RemoveGuest(Caller caller, string accountId)
    {
        if (State.Owner is null) { return NotFound(); }
        if (caller.Id != State.Owner.Id) { return RoomRefusals.NotOwner(); }

        var guests = await LoadGuestsAsync();
        if (guests.FindGuest(accountId) is not { } guest) { return Done.Value; }

        await AuditAsync(caller, "removeGuest", accountId, guest.Person.Name, null, null);
        await guestStore.RemoveAsync(RoomId, accountId);
        guests.Remove(accountId);
        if (State.Audience == RoomAudience.Private) { TellAudience(); }
        return Done.Value;
    }

    public async ValueTask<Result<Done>> Admit(Caller caller, string invitationId)
    {
        if (State.Owner is null) { return NotFound(); }

        var now = Time.GetUtcNow();
        if (!caller.Moderates && Holding(State.Bans, caller.Id, now) is { } ban) { return RoomRefusals.Banned(ban, now); }

        var guests = await LoadGuestsAsync();
        if (caller.Moderates || OfficeOf(caller.Id) != RoomPower.Viewer || guests.Contains(caller.Id)) { return Done.Value; }
        if (guests.RefuseUse(invitationId, now) is { } refusal) { return refusal; }

        var guest = new GuestEntry(caller.Person, invitationId, Microseconds.ToTime(Microseconds.Of(now)));
        if (await guestStore.AdmitAsync(RoomId, guest) != Admission.Added)
        {
            // Another activation has written meanwhile, or the answer to an earlier try was lost: what is there is read anew.
            _guests = await guestStore.LoadAsync(RoomId);
            if (_guests.Contains(caller.Id)) { return Done.Value; }
            return _guests.RefuseUse(invitationId, now) ?? new Refusal(RefusalCode.Busy, "The room was just moved to another server. Try again.") { RetryAfterMs = 1_000 };
        }

        guests.Admit(guest);
        return Done.Value;
    }

    private static Refusal KeyOfAnotherLink() => new(RefusalCode.KeyReused, "This key was used for another link. Make it again with a new one.");

    /// <summary>Whether an account may be in the room, bans apart.</summary>
    /// <param name="moderates">The account moderates the platform now; what the room remembers of that may be over.</param>
    private bool IsOpenTo(string accountId, bool moderates) =>
        State.Audience == RoomAudience.Public || moderates || OfficeOf(accountId) != RoomPower.Viewer || _guests?.Contains(accountId) == true;

    private Refusal NotForStrangers() => State.Audience == RoomAudience.Private ? RoomRefusals.Private() : RoomRefusals.ForGuests();

    private async Task<GuestList> LoadGuestsAsync()
    {
        if (_guests is not null) { return _guests; }

        // Calls that only read take turns at the same time: the first list is that of all.
        var loaded = await guestStore.LoadAsync(RoomId);
        return _guests ??= loaded;
    }

    /// <summary>At once and as the end of a batch: what happens from here on nobody gets who has not been asked for anew.</summary>
    private void TellAudience()
    {
        Append(new AudienceChanged(State.Audience));
        _feed.Publish(Elapsed);
    }
}
