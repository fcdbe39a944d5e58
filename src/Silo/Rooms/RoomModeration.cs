using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Moderation;

namespace LiveCommerce.Silo.Rooms;

/// <summary>What somebody may do in a room, least first.</summary>
internal enum RoomPower
{
    Viewer = 0,
    Moderator = 1,
    Owner = 2,

    /// <summary>A moderator of the whole platform.</summary>
    Platform = 3,
}

/// <summary>Who may do what to whom in a room. Pure.</summary>
internal static class RoomModeration
{
    /// <summary>Shortest mute or ban, in seconds.</summary>
    public const int SecondsMin = 10;

    /// <summary>Longest mute or ban with an end: 30 days in seconds.</summary>
    public const int SecondsMax = 2_592_000;

    /// <summary>Characters of a reason.</summary>
    public const int ReasonLengthMax = 200;

    /// <summary>Characters of an account or message id.</summary>
    public const int TargetLengthMax = 64;

    /// <summary>Why the act is refused; null when it may be done. Checked in this order, the first that applies is the answer.</summary>
    /// <param name="by">Who acts.</param>
    /// <param name="target">What the account is that is muted or banned, or whose message is deleted.</param>
    /// <param name="self">Whether somebody acts on their own account.</param>
    public static Refusal? Refuse(RoomPower by, ModerationAct act, RoomPower target, bool self)
    {
        if (by == RoomPower.Viewer) { return new Refusal(RefusalCode.NotModerator, "Only the owner of this room and its moderators can do this. Tell one of them."); }
        if (act is StopStream && by != RoomPower.Platform)
        {
            return new Refusal(RefusalCode.NotModerator, "Only a moderator of the platform can stop a stream. Tell one of them.");
        }

        if (act.Reason?.Length > ReasonLengthMax)
        {
            return new Refusal(RefusalCode.Malformed, $"A reason has at most {ReasonLengthMax} characters. Shorten it.");
        }

        if (TargetOf(act) is not { Length: >= 0 and <= TargetLengthMax })
        {
            return new Refusal(RefusalCode.Malformed, "This is not the id of an account or a message. Choose one from the room.");
        }

        if (SecondsOf(act) is < SecondsMin or > SecondsMax)
        {
            return new Refusal(RefusalCode.DurationNotAllowed, "A mute or a ban lasts 10 seconds to 30 days, or has no end. Choose another time.");
        }

        return act switch
        {
            // To mute or ban one must stand above; the owner and the platform's moderators are protected from everyone.
            MuteViewer or BanViewer when self => new Refusal(RefusalCode.TargetProtected, "You can't do this to yourself. Choose another account."),
            MuteViewer or BanViewer when target >= RoomPower.Owner || target >= by => Protected(target),

            // A message may also go when an equal wrote it; the platform's moderators may take away any.
            DeleteMessage when by != RoomPower.Platform && target > by => Protected(target),

            // Who gives a right back to somebody above takes no right.
            _ => null,
        };
    }

    /// <summary>The account or message an act is about; empty when it is about the room's broadcast.</summary>
    public static string TargetOf(ModerationAct act) => act switch
    {
        DeleteMessage delete => delete.MessageId,
        MuteViewer mute => mute.AccountId,
        UnmuteViewer unmute => unmute.AccountId,
        BanViewer ban => ban.AccountId,
        UnbanViewer unban => unban.AccountId,
        StopStream => "",
        _ => throw new System.Diagnostics.UnreachableException($"No rule for {act.GetType().Name}."),
    };

    /// <summary>The act's name in the audit log.</summary>
    public static string NameOf(ModerationAct act) => act switch
    {
        DeleteMessage => "deleteMessage",
        MuteViewer => "mute",
        UnmuteViewer => "unmute",
        BanViewer => "ban",
        UnbanViewer => "unban",
        StopStream => "stopStream",
        _ => throw new System.Diagnostics.UnreachableException($"No name for {act.GetType().Name}."),
    };

    /// <summary>How long the act lasts; null: has no end, or no duration.</summary>
    public static int? SecondsOf(ModerationAct act) => act switch
    {
        MuteViewer mute => mute.Seconds,
        BanViewer ban => ban.Seconds,
        _ => null,
    };

    private static Refusal Protected(RoomPower target) => new(RefusalCode.TargetProtected, target switch
    {
        RoomPower.Owner => "The owner of the room is protected. A moderator of the platform can ban the account from the platform.",
        RoomPower.Platform => "Moderators of the platform are protected. Speak with them.",
        _ => "Moderators of this room are protected from each other. Ask the owner of the room.",
    });
}
