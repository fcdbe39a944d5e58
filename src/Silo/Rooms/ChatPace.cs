using LiveCommerce.Contracts;

namespace LiveCommerce.Silo.Rooms;

/// <summary>
/// How fast one sender may speak in one room: a bucket of tokens that fills with time, and no line twice in a row within a few
/// seconds. Knows no clock: the caller says what time it is, counted from any fixed moment.
/// </summary>
internal sealed class ChatPace
{
    /// <summary>Messages that may come at once after silence.</summary>
    public const int Burst = 5;

    /// <summary>Senders that are remembered; who has been silent longest is forgotten first, and starts with a full bucket.</summary>
    public const int SendersMax = 16_384;

    /// <summary>Time for one token.</summary>
    public static readonly TimeSpan Refill = TimeSpan.FromSeconds(1);

    /// <summary>How long the same text is a repeat.</summary>
    public static readonly TimeSpan RepeatWithin = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Sender> _senders = new(StringComparer.Ordinal);

    /// <summary>Takes a token. Refused: nothing was taken, and the refusal says when to try again.</summary>
    public Refusal? TryTake(string senderId, string text, TimeSpan now)
    {
        if (!_senders.TryGetValue(senderId, out var sender))
        {
            MakeRoom(now);
            _senders[senderId] = sender = new Sender { Tokens = Burst, FilledAt = now };
        }

        if (sender.LastText == text && now - sender.LastAt < RepeatWithin)
        {
            return SlowDown("You have just said that.", RepeatWithin - (now - sender.LastAt));
        }

        sender.Tokens = Math.Min(Burst, sender.Tokens + ((now - sender.FilledAt) / Refill));
        sender.FilledAt = now;
        if (sender.Tokens < 1) { return SlowDown("You are writing very fast.", (1 - sender.Tokens) * Refill); }

        sender.Tokens -= 1;
        sender.LastText = text;
        sender.LastAt = now;
        return null;
    }

    private static Refusal SlowDown(string why, TimeSpan wait)
    {
        var milliseconds = Math.Max(1, (long)Math.Ceiling(wait.TotalMilliseconds));
        return new Refusal(RefusalCode.SlowDown, $"{why} Try again in {Math.Ceiling(milliseconds / 1000.0):0} s.") { RetryAfterMs = milliseconds };
    }

    private void MakeRoom(TimeSpan now)
    {
        if (_senders.Count < SendersMax) { return; }

        // Whose bucket is full again and whose last line may be repeated is in no other state than a newcomer.
        var rested = now - (Burst * Refill);
        foreach (var (id, sender) in _senders)
        {
            if (sender.FilledAt <= rested) { _senders.Remove(id); }
        }

        if (_senders.Count >= SendersMax) { _senders.Remove(_senders.MinBy(pair => pair.Value.FilledAt).Key); }
    }

    private sealed class Sender
    {
        public double Tokens { get; set; }

        public TimeSpan FilledAt { get; set; }

        public string? LastText { get; set; }

        public TimeSpan LastAt { get; set; } = TimeSpan.MinValue / 2;
    }
}
