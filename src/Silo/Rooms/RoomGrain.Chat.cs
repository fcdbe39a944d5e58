using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Rooms;

/// <summary>Speaking in a room, and who may.</summary>
internal sealed partial class RoomGrain
{
    private readonly RoomChat _chat = new();
    private readonly ChatPace _pace = new();

    public ValueTask<Result<ChatReceipt>> Say(Caller caller, Guid key, string text) => ValueTask.FromResult(SayNow(caller, key, text));

    public async ValueTask<Result<RoomStanding>> GetStanding(string? accountId, bool moderates = false)
    {
        if (State.Owner is null) { return NotFound(); }
        if (accountId is null) { return State.Audience == RoomAudience.Private ? RoomRefusals.Private() : new RoomStanding(RoomBadge.Viewer, null); }

        // First of all: who is banned learns no more of a private room than a stranger.
        if (!IsOpenTo(accountId, moderates)) { return RoomRefusals.Private(); }

        var now = Time.GetUtcNow();
        if (Holding(State.Bans, accountId, now) is { } ban) { return RoomRefusals.Banned(ban, now); }
        if (await GrainFactory.GetGrain<IPlatformGrain>(IPlatformGrain.Key).IsBanned(accountId)) { return RoomRefusals.BannedFromPlatform(); }

        // The ban was asked for elsewhere, and the room may have been closed meanwhile.
        if (!IsOpenTo(accountId, moderates)) { return RoomRefusals.Private(); }

        var mute = Holding(State.Mutes, accountId, now);
        return new RoomStanding(BadgeOf(moderates ? RoomPower.Platform : PowerOf(accountId)), mute is null ? null : mute.Until ?? DateTimeOffset.MaxValue);
    }

    private Result<ChatReceipt> SayNow(Caller caller, Guid key, string text)
    {
        if (State.Owner is null) { return NotFound(); }
        if (key == Guid.Empty) { return new Refusal(RefusalCode.Malformed, "A message needs a key of its own. Reload the page and send it again."); }

        // A retry gets its first answer whatever has changed since: by now its sender may be muted, but all have read it.
        var refusal = ChatRules.TryMessage(text, out var clean);
        if (refusal is null && _chat.Recall(key, caller.Id, clean) is { } earlier) { return earlier; }

        var now = Time.GetUtcNow();
        RememberRole(caller);
        var power = PowerOf(caller);
        if (power != RoomPower.Platform && Holding(State.Bans, caller.Id, now) is { } ban) { return RoomRefusals.Banned(ban, now); }
        if (!IsOpenTo(caller.Id, caller.Moderates)) { return RoomRefusals.Private(); }
        if (power != RoomPower.Platform && Holding(State.Mutes, caller.Id, now) is { } mute) { return RoomRefusals.Muted(mute, now); }
        if (refusal is not null) { return refusal; }
        if (_pace.TryTake(caller.Id, clean, Elapsed) is { } slower) { return slower; }

        Note(_engagement.Chatters, caller.Id);
        var said = new ChatSaid(key, Guid.CreateVersion7(now).ToString("N"), caller.Person, BadgeOf(power), clean) { At = now };
        var shown = _sampler.Take(WeightOf(power, caller.Id), Elapsed);
        if (shown) { said = Append(said); }
        else { LeaveOut(); }

        // What is left out is kept like the rest, without a number: somebody may have to answer for it.
        var receipt = new ChatReceipt(said.MessageId, _feed.Position, shown);
        _chat.Add(said, receipt);
        journal.Add(new ChatLine(RoomId, receipt.Position.Epoch, said, State.Audience == RoomAudience.Private));
        Tell();
        return receipt;
    }

    private RoomPower PowerOf(Caller caller) => caller.Moderates ? RoomPower.Platform : PowerOf(caller.Id);

    private RoomPower PowerOf(string accountId)
    {
        if (State.PlatformModerators.Contains(accountId)) { return RoomPower.Platform; }
        return OfficeOf(accountId);
    }

    /// <summary>By what the room itself has given. Who moderated the platform once may not do so any more: it opens no door.</summary>
    private RoomPower OfficeOf(string accountId)
    {
        if (State.Owner!.Id == accountId) { return RoomPower.Owner; }
        return State.Moderators.Exists(moderator => moderator.Id == accountId) ? RoomPower.Moderator : RoomPower.Viewer;
    }

    private static RoomBadge BadgeOf(RoomPower power) => power switch
    {
        RoomPower.Owner => RoomBadge.Owner,
        RoomPower.Viewer => RoomBadge.Viewer,
        _ => RoomBadge.Moderator,
    };

    // Roles live with the accounts, and only callers bring theirs along. The room notes who came as a moderator of the
    // platform (stored with the next write), and forgets who comes as one no longer.
    private void RememberRole(Caller caller)
    {
        var known = State.PlatformModerators.Contains(caller.Id);
        if (caller.Moderates && !known && State.PlatformModerators.Count < RoomStateLimits.PlatformModeratorsMax)
        {
            State.PlatformModerators.Add(caller.Id);
            SaveLater();
        }
        else if (!caller.Moderates && known)
        {
            State.PlatformModerators.Remove(caller.Id);
            SaveLater();
        }
    }

    private static Restriction? Holding(Dictionary<string, Restriction> restrictions, string accountId, DateTimeOffset now) =>
        restrictions.TryGetValue(accountId, out var restriction) && restriction.HoldsAt(now) ? restriction : null;
}
