using LiveCommerce.Actors;
using System.Diagnostics;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Moderation;

namespace LiveCommerce.Silo.Rooms;

/// <summary>Order in a room. Every act has its line in the audit log, durable, before it takes effect.</summary>
internal sealed partial class RoomGrain
{
    public async ValueTask<Result<Done>> Moderate(Caller caller, ModerationAct act)
    {
        if (State.Owner is null) { return NotFound(); }

        RememberRole(caller);
        var by = PowerOf(caller);
        var target = RoomModeration.TargetOf(act);
        if (RoomModeration.Refuse(by, act, PowerOf(target), self: target == caller.Id) is { } refusal) { return refusal; }

        return act switch
        {
            DeleteMessage delete => await DeleteAsync(caller, by, delete),
            MuteViewer mute => await RestrictAsync(caller, act, State.Mutes, mute.AccountId, mute.Seconds),
            BanViewer ban => await RestrictAsync(caller, act, State.Bans, ban.AccountId, ban.Seconds),
            UnmuteViewer unmute => await LiftAsync(caller, act, State.Mutes, unmute.AccountId),
            UnbanViewer unban => await LiftAsync(caller, act, State.Bans, unban.AccountId),
            StopStream => await StopStreamAsync(caller, act),
            _ => throw new UnreachableException($"No effect for {act.GetType().Name}."),
        };
    }

    public async ValueTask<Result<Done>> AddModerator(Caller caller, Person moderator)
    {
        if (State.Owner is null) { return NotFound(); }
        if (caller.Id != State.Owner.Id) { return RoomRefusals.NotOwner(); }
        if (moderator.Id == State.Owner.Id) { return new Refusal(RefusalCode.TargetProtected, "You own this room and may do everything already. Name somebody else."); }
        if (State.Moderators.Exists(known => known.Id == moderator.Id)) { return Done.Value; }
        if (Holding(State.Bans, moderator.Id, Time.GetUtcNow()) is not null)
        {
            return new Refusal(RefusalCode.Banned, $"{moderator.Name} is banned from this room. Lift the ban first.");
        }

        if (State.Moderators.Count >= RoomLimits.ModeratorsMax)
        {
            return new Refusal(RefusalCode.LimitReached, $"A room has at most {RoomLimits.ModeratorsMax} moderators. Take the office from another first.");
        }

        await AuditAsync(caller, "addModerator", moderator.Id, moderator.Name, null, null);
        State.Moderators.Add(moderator);
        await SaveAsync();
        Append(new ModeratorsChanged([.. State.Moderators]));
        Tell();
        return Done.Value;
    }

    public async ValueTask<Result<Done>> RemoveModerator(Caller caller, string accountId)
    {
        if (State.Owner is null) { return NotFound(); }
        if (caller.Id != State.Owner.Id) { return RoomRefusals.NotOwner(); }
        if (State.Moderators.Find(known => known.Id == accountId) is not { } moderator) { return Done.Value; }

        await AuditAsync(caller, "removeModerator", moderator.Id, moderator.Name, null, null);
        State.Moderators.Remove(moderator);
        await SaveAsync();
        Append(new ModeratorsChanged([.. State.Moderators]));
        if (State.Audience == RoomAudience.Private) { TellAudience(); }
        Tell();
        return Done.Value;
    }

    public ValueTask<IReadOnlyList<string>> ListBanned()
    {
        var now = Time.GetUtcNow();
        return ValueTask.FromResult<IReadOnlyList<string>>([.. State.Bans.Where(ban => ban.Value.HoldsAt(now)).Select(ban => ban.Key)]);
    }

    public async ValueTask<Result<AuditPage>> ReadAudit(Caller caller, int take)
    {
        if (State.Owner is null) { return NotFound(); }
        if (PowerOf(caller) == RoomPower.Viewer)
        {
            return new Refusal(RefusalCode.NotModerator, "Only the owner of this room and its moderators can read this.");
        }

        return take is < 1 or > AuditLog.TakeMax
            ? new Refusal(RefusalCode.Malformed, $"Ask for 1 to {AuditLog.TakeMax} lines.")
            : await audit.ReadRoomAsync(RoomId, take);
    }

    /// <summary>How far back the words of somebody who is banned are deleted.</summary>
    private static readonly TimeSpan WordsForgotten = TimeSpan.FromHours(24);

    public async ValueTask<Result<ChatLogPage>> ReadChat(Caller caller, ChatLogQuery query)
    {
        if (State.Owner is null) { return NotFound(); }
        if (PowerOf(caller) == RoomPower.Viewer)
        {
            return new Refusal(RefusalCode.NotModerator, "Only the owner of this room and its moderators can read this.");
        }

        if (query.Take is < 1 or > ChatLogQuery.TakeMax || query.Before is { Length: 0 or > GrainId.KeyLengthMax })
        {
            return new Refusal(RefusalCode.Malformed, $"Ask for 1 to {ChatLogQuery.TakeMax} messages, and send before as it came.");
        }

        await journal.FlushAsync(); // what was said a moment ago may still wait to be written
        return await chatStore.ReadLogAsync(RoomId, query);
    }

    private async Task<Result<Done>> DeleteAsync(Caller caller, RoomPower by, DeleteMessage act)
    {
        if ((_chat.Find(act.MessageId) ?? await FindInJournalAsync(act.MessageId)) is not { } said)
        {
            return new Refusal(RefusalCode.MessageNotFound, "This message is gone already, or was never said here.");
        }

        if (RoomModeration.Refuse(by, act, PowerOf(said.Sender.Id), self: false) is { } refusal) { return refusal; }

        await AuditAsync(caller, RoomModeration.NameOf(act), said.MessageId, said.Sender.Name, said.Text, act.Reason);
        await journal.FlushAsync(); // its line may still wait to be written, and would come back unmarked
        await chatStore.DeleteAsync(said.MessageId, caller.Id, Time.GetUtcNow());
        _chat.Remove(said.MessageId);
        Append(new MessageDeleted(said.MessageId, caller.Person));
        Tell();
        return Done.Value;
    }

    private async Task<ChatSaid?> FindInJournalAsync(string messageId)
    {
        await journal.FlushAsync();
        return await chatStore.FindAsync(RoomId, messageId);
    }

    private async Task<Result<Done>> RestrictAsync(
        Caller caller, ModerationAct act, Dictionary<string, Restriction> restrictions, string accountId, int? seconds)
    {
        var now = Time.GetUtcNow();
        foreach (var (id, old) in restrictions)
        {
            if (!old.HoldsAt(now)) { restrictions.Remove(id); }
        }

        if (restrictions.Count >= RoomStateLimits.RestrictionsMax && !restrictions.ContainsKey(accountId))
        {
            return new Refusal(RefusalCode.LimitReached, $"{RoomStateLimits.RestrictionsMax} accounts are restricted here already. Lift some of the old ones first.");
        }

        DateTimeOffset? until = seconds is { } lasting ? now.AddSeconds(lasting) : null;
        await AuditAsync(
            caller, RoomModeration.NameOf(act), accountId, NameOf(accountId), until is { } end ? $"until {end:O}" : "no end", act.Reason);
        restrictions[accountId] = new Restriction(until);
        var lostOffice = act is BanViewer && State.Moderators.RemoveAll(moderator => moderator.Id == accountId) > 0;
        await SaveAsync();
        Append<RoomEvent>(act is BanViewer ? new ViewerBanned(accountId, until) : new ViewerMuted(accountId, until));
        if (lostOffice) { Append(new ModeratorsChanged([.. State.Moderators])); }
        Tell();

        // Last: it may take long in a room that talks much, and the ban holds and is told already.
        if (act is BanViewer) { await ForgetWordsAsync(accountId, caller.Id, now); }
        return Done.Value;
    }

    /// <summary>Who is banned has said nothing here: neither those who come nor those who are there see it any more.</summary>
    private async Task ForgetWordsAsync(string accountId, string byId, DateTimeOffset now)
    {
        _chat.RemoveOf(accountId);
        await journal.FlushAsync();
        await chatStore.DeleteOfAsync(RoomId, accountId, now - WordsForgotten, byId, now);
    }

    private async Task<Result<Done>> LiftAsync(
        Caller caller, ModerationAct act, Dictionary<string, Restriction> restrictions, string accountId)
    {
        if (!restrictions.ContainsKey(accountId)) { return Done.Value; }

        await AuditAsync(caller, RoomModeration.NameOf(act), accountId, NameOf(accountId), null, act.Reason);
        restrictions.Remove(accountId);
        await SaveAsync();
        Append<RoomEvent>(act is UnbanViewer ? new ViewerUnbanned(accountId) : new ViewerUnmuted(accountId));
        Tell();
        return Done.Value;
    }

    private async Task<Result<Done>> StopStreamAsync(Caller caller, ModerationAct act)
    {
        if (_leases.Current is not { } stopped) { return Done.Value; }

        await AuditAsync(caller, RoomModeration.NameOf(act), State.Owner!.Id, State.Owner.Name, $"stream {stopped.StreamId}", act.Reason);
        _leases.Revoke();

        // A program comes back by itself within seconds; with its key gone, a person has to do something first.
        if (stopped.ByKey) { State.StreamKeyHash = null; }
        await StreamMovedAsync();
        return Done.Value;
    }

    private Task AuditAsync(Caller caller, string act, string target, string? targetName, string? detail, string? reason) =>
        audit.AppendAsync(new AuditEntry(Time.GetUtcNow(), caller.Person, act, RoomId, target, targetName, detail, reason));

    private string? NameOf(string accountId) =>
        State.Moderators.Find(moderator => moderator.Id == accountId)?.Name ?? _chat.FindSender(accountId)?.Name;
}
