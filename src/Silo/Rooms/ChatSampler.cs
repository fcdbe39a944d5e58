namespace LiveCommerce.Silo.Rooms;

/// <summary>Whose message goes first when not all can be shown.</summary>
internal enum ChatWeight
{
    Ordinary = 0,

    /// <summary>Of somebody who has given lately.</summary>
    Giver = 1,

    /// <summary>Of the owner or a moderator: always shown.</summary>
    Office = 2,
}

/// <summary>
/// Which messages of a hot room are shown: a bucket of tokens that fills at the rate people can read. Ordinary messages leave a
/// part of it to those who have given lately; who holds an office always speaks, and the others wait for it. Decided when the
/// message comes, so that it has its number, or none, at once. Knows no clock.
/// </summary>
/// <param name="perSecond">Messages shown in a second on average; as many may come at once after silence.</param>
internal sealed class ChatSampler(int perSecond)
{
    /// <summary>Part of the bucket that ordinary messages leave to others.</summary>
    public const double KeptForGivers = 0.25;

    private readonly double _size = perSecond;
    private double _tokens = perSecond;
    private TimeSpan _filledAt;

    /// <summary>Whether a message is shown.</summary>
    public bool Take(ChatWeight weight, TimeSpan now)
    {
        if (now > _filledAt)
        {
            _tokens = Math.Min(_size, _tokens + ((now - _filledAt).TotalSeconds * _size));
            _filledAt = now;
        }

        var needed = weight switch
        {
            ChatWeight.Office => double.NegativeInfinity,
            ChatWeight.Giver => 1,
            _ => 1 + Math.Floor(_size * KeptForGivers),
        };
        if (_tokens < needed) { return false; }

        // The owner's words are not saved up against the room for longer than a second.
        _tokens = Math.Max(-_size, _tokens - 1);
        return true;
    }
}
