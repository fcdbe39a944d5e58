using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Rooms;

/// <summary>The red packets and the battle that a room shows, folded from what it is told. Decides nothing but what is news.</summary>
internal sealed class RoomStage
{
    /// <summary>How long the result of a battle stays in snapshots.</summary>
    public static readonly TimeSpan ResultShownFor = TimeSpan.FromSeconds(30);

    /// <summary>Packets that are shown at once: more than a room may have open, because the word of an end may be late.</summary>
    public const int PacketsMax = 2 * RedPacketLimits.OpenInRoomMax;

    /// <summary>Offers of battles beside the one that is shown.</summary>
    public const int OffersMax = 2 * BattleLimits.OffersMax;

    private readonly List<RedPacketCard> _packets = [];
    private readonly List<BattleView> _offers = [];
    private BattleView? _battle;
    private DateTimeOffset _toldAt;

    /// <summary>The packets that are not over, oldest first; null: none.</summary>
    public IReadOnlyList<RedPacketCard>? Packets => _packets.Count == 0 ? null : [.. _packets];

    /// <summary>The battle to be shown at a moment; null: none.</summary>
    public BattleView? BattleAt(DateTimeOffset now) => _battle switch
    {
        { Phase: BattlePhase.Over, StartedAt: null } => _offers.FindLast(offer => offer.EndsAt > now) ?? Recent(now),
        { Phase: BattlePhase.Over } => Recent(now),
        _ => _battle,
    };

    /// <summary>Takes what was decided elsewhere.</summary>
    /// <returns>Whether the room must be told: false when it is older than what is shown, or the same.</returns>
    public bool Take(RoomEvent happened, DateTimeOffset now) => happened switch
    {
        RedPacketOffered offered => Offer(offered.Packet),
        RedPacketMoved moved => Move(moved),
        RedPacketOver over => _packets.RemoveAll(packet => packet.PacketId == over.PacketId) > 0,
        BattleChanged changed => Take(changed.Battle, now),
        _ => throw new ArgumentException($"{happened.GetType().Name} is not decided elsewhere.", nameof(happened)),
    };

    /// <summary>Takes what there was before the room woke.</summary>
    public void Restore(IReadOnlyList<RedPacketCard> packets, BattleView? battle, DateTimeOffset now)
    {
        foreach (var packet in packets) { Offer(packet); }
        if (battle is not null) { Take(battle, now); }
    }

    private BattleView? Recent(DateTimeOffset now) => now - _toldAt >= ResultShownFor ? null : _battle;

    private bool Offer(RedPacketCard offered)
    {
        if (_packets.Count >= PacketsMax || _packets.Exists(packet => packet.PacketId == offered.PacketId)) { return false; }
        _packets.Add(offered);
        return true;
    }

    private bool Move(RedPacketMoved moved)
    {
        var place = _packets.FindIndex(packet => packet.PacketId == moved.PacketId);
        if (place < 0 || moved.SharesLeft >= _packets[place].SharesLeft) { return false; }
        _packets[place] = _packets[place] with { SharesLeft = moved.SharesLeft, CoinsLeft = moved.CoinsLeft };
        return true;
    }

    private bool Take(BattleView told, DateTimeOffset now)
    {
        var known = _battle?.BattleId == told.BattleId ? _battle : _offers.Find(offer => offer.BattleId == told.BattleId);

        // A battle only goes forward; another one comes when the one before is over.
        if (known is not null && (told.Phase < known.Phase || told == known)) { return false; }
        var isShown = _battle is null or { Phase: BattlePhase.Over } || _battle.BattleId == told.BattleId;
        var wasOffered = _offers.RemoveAll(offer => offer.BattleId == told.BattleId) > 0;
        if (told.Phase == BattlePhase.Running || isShown)
        {
            // An offer that another battle was begun over is heard of once more: that it is over.
            if (!isShown && _battle!.Phase == BattlePhase.Offered) { _offers.Add(_battle); }
            _battle = told;
            _toldAt = now;
            return true;
        }

        // Beside what is shown: one offer more, or one less.
        if (told.Phase == BattlePhase.Over) { return wasOffered; }
        if (_offers.Count >= OffersMax) { _offers.RemoveAt(0); }
        _offers.Add(told);
        return true;
    }
}
