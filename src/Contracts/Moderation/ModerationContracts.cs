using System.Text.Json.Serialization;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Moderation;

/// <summary>Something a moderator does in a room.</summary>
/// <param name="Reason">For the audit log; 0 to 200 characters.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(DeleteMessage), "deleteMessage")]
[JsonDerivedType(typeof(MuteViewer), "mute")]
[JsonDerivedType(typeof(UnmuteViewer), "unmute")]
[JsonDerivedType(typeof(BanViewer), "ban")]
[JsonDerivedType(typeof(UnbanViewer), "unban")]
[JsonDerivedType(typeof(StopStream), "stopStream")]
public abstract record ModerationAct(string? Reason);

/// <summary>Takes a message away.</summary>
public sealed record DeleteMessage(string MessageId, string? Reason) : ModerationAct(Reason);

/// <summary>Takes the right to speak and to give in this room.</summary>
/// <param name="Seconds">10 to 2,592,000 (30 days); null until unmuted.</param>
public sealed record MuteViewer(string AccountId, int? Seconds, string? Reason) : ModerationAct(Reason);

/// <summary>Gives it back.</summary>
public sealed record UnmuteViewer(string AccountId, string? Reason) : ModerationAct(Reason);

/// <summary>Closes the account's connections to this room and keeps it out.</summary>
/// <param name="Seconds">10 to 2,592,000; null until unbanned.</param>
public sealed record BanViewer(string AccountId, int? Seconds, string? Reason) : ModerationAct(Reason);

/// <summary>Lets it in again.</summary>
public sealed record UnbanViewer(string AccountId, string? Reason) : ModerationAct(Reason);

/// <summary>Ends the broadcast at once. Platform moderators only.</summary>
public sealed record StopStream(string? Reason) : ModerationAct(Reason);

/// <summary>The platform as a whole: who is banned from all of it, and the audit log of everything. Key: <see cref="Key"/>.</summary>
public interface IPlatformGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>Bans an account everywhere: its connections are closed, its stream ends, it can't sign in. Platform moderators only.</summary>
    /// <param name="target">Resolved by the gateway from the account store.</param>
    /// <param name="targetRole">A moderator can't be banned by this.</param>
    [Priority(CallPriority.High)]
    ValueTask<Result<Done>> Ban(Caller caller, Person target, PlatformRole targetRole, string? reason);

    /// <summary>Lets it in again.</summary>
    [Priority(CallPriority.High)]
    ValueTask<Result<Done>> Unban(Caller caller, string accountId, string? reason);

    /// <summary>The banned accounts, newest first.</summary>
    [ReadOnly]
    ValueTask<Result<PlatformBans>> ListBans(Caller caller);

    /// <summary>Whether the account is banned everywhere. Answered from memory at any time: rooms ask while a ban may be stopping them.</summary>
    [AlwaysInterleave]
    ValueTask<bool> IsBanned(string accountId);

    /// <summary>Tells a gateway of bans from now on, and of all that stand; renew every 5 s.</summary>
    ValueTask<IReadOnlyList<string>> Subscribe(string gatewayId, IPlatformObserver observer);

    /// <summary>The audit log of the whole platform, newest first. Platform moderators only.</summary>
    /// <param name="take">1 to 200.</param>
    [ReadOnly]
    ValueTask<Result<AuditPage>> ReadAudit(Caller caller, int take);
}

/// <summary>A gateway, as the platform sees it.</summary>
public interface IPlatformObserver : IGrainObserver
{
    /// <summary>Close the account's connections, end its sessions.</summary>
    [OneWay]
    ValueTask OnBanned(string accountId);

    /// <summary>The account may come back.</summary>
    [OneWay]
    ValueTask OnUnbanned(string accountId);
}

/// <summary>A ban from the platform.</summary>
public sealed record PlatformBan(Person Target, Person By, string? Reason, DateTimeOffset At);

/// <summary>One line of the audit log: append-only.</summary>
/// <param name="Act">Such as <c>mute</c>.</param>
/// <param name="Target">The account or message.</param>
/// <param name="Detail">What was said or until when.</param>
public sealed record AuditLine(
    long Number, DateTimeOffset At, Person By, string Act, string? RoomId, string Target, string? TargetName, string? Detail, string? Reason);

/// <summary>Lines of the audit log, newest first.</summary>
public sealed record AuditPage(IReadOnlyList<AuditLine> Lines);

/// <summary>Bans from the platform, newest first.</summary>
public sealed record PlatformBans(IReadOnlyList<PlatformBan> Bans);
