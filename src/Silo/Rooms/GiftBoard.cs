using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Rooms;

/// <summary>
/// Who gave how much since a moment. What was given before the room woke is read from the ledger and merged; what is given after
/// is counted. Both are sums, so it does not matter which comes first, and the ledger alone decides what they are.
/// </summary>
/// <param name="from">Gifts committed at this moment or later count.</param>
internal sealed class GiftBoard(DateTimeOffset from)
{
    /// <summary>Gifters that are ranked; who comes after so many others is not.</summary>
    public const int GiftersMax = RoomGiftsLimits.SendersMax;

    // Most coins first; of equals, who came to the sum first, which is who gave the last gift of it first.
    private static readonly Comparer<Place> MostFirst = Comparer<Place>.Create(static (left, right) =>
        left.Coins != right.Coins ? right.Coins.CompareTo(left.Coins)
        : left.Last != right.Last ? left.Last.CompareTo(right.Last)
        : string.CompareOrdinal(left.Id, right.Id));

    /// <summary>A board with more gifters is ranked at most once in <see cref="RankedFor"/>, however often it is asked for.</summary>
    public const int SmallMax = 2_000;

    /// <summary>How old the ranking of a large board may be.</summary>
    public static readonly TimeSpan RankedFor = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);
    private readonly List<Place> _top = [];
    private bool _topIsOld;
    private long _changes;
    private Ranking? _ranking;

    /// <summary>Gifts committed at this moment or later count.</summary>
    public DateTimeOffset From { get; } = from;

    /// <summary>The best, at most <see cref="RoomLimits.TopGiftersMax"/>.</summary>
    public IReadOnlyList<Ranked> Best
    {
        get
        {
            if (_topIsOld) { RankAll(); }
            return [.. _top.Select(place => place.ToRanked())];
        }
    }

    /// <summary>Everybody who gave.</summary>
    public IEnumerable<string> Senders => _places.Keys;

    /// <summary>A gift was committed.</summary>
    public void Count(Person sender, long coins, GiftPlace at)
    {
        if (Find(sender.Id) is not { } place) { return; }

        _changes++;
        place.Add(sender, coins, at);
        Rank(place);
    }

    /// <summary>Some of a gift was given back; its sender keeps the place among equals.</summary>
    public void TakeOff(string senderId, long coins)
    {
        // The reversal may be known before the gift: then the sum is below zero until that comes.
        if (Find(senderId) is not { } place) { return; }

        // Ranked when somebody looks: thousands may be given back at once.
        place.Coins -= coins;
        _topIsOld = true;
        _changes++;
    }

    /// <summary>What was given before the counting began.</summary>
    public void Merge(IReadOnlyList<GivenInRoom> before)
    {
        foreach (var given in before) { Find(given.Sender.Id)?.Add(given.Sender, given.Coins, new GiftPlace(given.LastBatch, given.LastOrder)); }
        _changes++;
        RankAll();
    }

    /// <summary>The best so many, most coins first; of equals, who was there first. Ranked when somebody asks, and told to all who ask before it changes.</summary>
    /// <param name="now">Counted from any fixed moment.</param>
    public IReadOnlyList<Ranked> Top(int count, TimeSpan now)
    {
        var isFresh = _ranking is { } known && known.Count == count
            && (known.Changes == _changes || (_places.Count > SmallMax && now - known.At < RankedFor));
        if (!isFresh)
        {
            _ranking = new Ranking(
                [.. _places.Values.Where(place => place.IsRanked).Order(MostFirst).Take(count).Select(place => place.ToRanked())], count, now, _changes);
        }

        return _ranking!.Best;
    }

    private Place? Find(string senderId)
    {
        if (_places.TryGetValue(senderId, out var place)) { return place; }
        if (_places.Count >= GiftersMax) { return null; }
        return _places[senderId] = new Place(senderId);
    }

    // Only this one has risen: it is among the best, or comes in, or nothing changes.
    private void Rank(Place risen)
    {
        if (_topIsOld) { return; }
        if (!_top.Contains(risen)) { _top.Add(risen); }
        _top.RemoveAll(place => !place.IsRanked);
        _top.Sort(MostFirst);
        if (_top.Count > RoomLimits.TopGiftersMax) { _top.RemoveAt(_top.Count - 1); }
    }

    private void RankAll()
    {
        _topIsOld = false;
        _top.Clear();
        _top.AddRange(_places.Values.Where(place => place.IsRanked).Order(MostFirst).Take(RoomLimits.TopGiftersMax));
    }

    private sealed record Ranking(IReadOnlyList<Ranked> Best, int Count, TimeSpan At, long Changes);

    private sealed class Place(string id)
    {
        private Person? _person;

        public string Id { get; } = id;

        public GiftPlace Last { get; private set; }

        public long Coins { get; set; }

        public bool IsRanked => Coins > 0 && _person is not null;

        public void Add(Person person, long coins, GiftPlace at)
        {
            Coins += coins;
            if (_person is not null && at < Last) { return; }
            (_person, Last) = (person, at);
        }

        public Ranked ToRanked() => new(_person!, Coins);
    }
}
