using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Rooms;

/// <summary>Which of the messages that were said in a room.</summary>
/// <param name="Before">Older than this message; null: the newest.</param>
/// <param name="Take">1 to <see cref="TakeMax"/>.</param>
/// <param name="LeftOut">Only those that a hot room did not show.</param>
public sealed record ChatLogQuery(string? Before, int Take, bool LeftOut)
{
    /// <summary>Messages of one page.</summary>
    public const int TakeMax = 200;
}

/// <summary>A page of all that was said, newest first: also what was left out or deleted.</summary>
/// <param name="Before">Ask the next page with it; null: this was the last.</param>
public sealed record ChatLogPage(IReadOnlyList<ChatLogLine> Lines, string? Before);

/// <summary>A message as moderators see it.</summary>
/// <param name="Shown">False: the room was too hot, and only its sender saw it.</param>
/// <param name="Deleted">A moderator has deleted it.</param>
public sealed record ChatLogLine(string MessageId, Person Sender, RoomBadge Badge, string Text, DateTimeOffset At, bool Shown, bool Deleted);
