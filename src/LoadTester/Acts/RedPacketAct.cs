using System.Collections.Concurrent;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Scenarios;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Acts;

/// <summary>The first of its people funds a packet; all the others grab at once.</summary>
internal sealed class RedPacketAct(Load load, ActPlan plan, RoomLoad room) : Act(load, plan, room)
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, long> _shares = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _unknown = new(StringComparer.Ordinal);
    private string? _packetId;
    private long _coinsBefore;

    public override IReadOnlyList<long> Purses => [Plan.Coins, .. Enumerable.Repeat(0L, Plan.People)];

    public override string Promise => "a red packet is shared to the coin, one share a person, and the rest goes back";

    public override async Task<string?> DoAsync(CancellationToken cancellationToken)
    {
        var before = await Actors[0].Api.GetWalletAsync(cancellationToken);
        if (!before.Ok) { return before.Refusal.Message; }
        _coinsBefore = before.Value.Coins;
        var funded = await Actors[0].Api.FundPacketAsync(Room.RoomId, new PacketCall(Plan.Coins, Plan.Shares, Plan.Share), cancellationToken);
        if (!funded.Ok) { return funded.Refusal.Message; }
        _packetId = funded.Value.Card.PacketId;
        var problems = await Task.WhenAll(Actors.Skip(1).Select(actor => GrabAsync(actor, cancellationToken)));
        return problems.FirstOrDefault(problem => problem is not null);
    }

    public override async Task<ActVerdict> ProveAsync(IReadOnlyList<WalletProof> wallets, CancellationToken cancellationToken)
    {
        if (_packetId is null) { return ActVerdict.Of("it was never funded", ""); }
        var packet = await UntilAsync(
            () => Actors[0].Api.GetPacketAsync(_packetId, cancellationToken), view => view.Phase == RedPacketPhase.Over, EndPatience, cancellationToken);
        if (!packet.Ok) { return ActVerdict.Of(packet.Refusal.Message, ""); }
        var after = await Actors[0].Api.GetWalletAsync(cancellationToken);
        var expected = _coinsBefore - packet.Value.Card.Coins + packet.Value.Returned;
        var problem = ActProofs.OfPacket(packet.Value, _shares, _unknown.Keys.ToHashSet(StringComparer.Ordinal), Plan.People)
            ?? (after.Value?.Coins == expected ? null : $"its sender should have {expected} coins and has {after.Value?.Coins}");
        return ActVerdict.Of(problem, $"{packet.Value.Grabs.Count} shares of {packet.Value.Card.Coins} coins, {packet.Value.Returned} went back");
    }

    // The same call again is the same share: a tap that is repeated gets nothing more.
    private async Task<string?> GrabAsync(Actor actor, CancellationToken cancellationToken)
    {
        try
        {
            for (var tap = 0; tap < 2; tap++)
            {
                var grab = await actor.CallAsync<GrabCall, PacketGrab>("GrabPacket", new GrabCall(_packetId!), cancellationToken);
                if (grab.Ok)
                {
                    if (_shares.GetOrAdd(actor.Id, grab.Value.Coins) != grab.Value.Coins) { return $"{actor.Id} was told of {_shares[actor.Id]} and of {grab.Value.Coins} coins"; }
                }
                else if (grab.Refusal.Code != RefusalCode.PacketOver) { return grab.Refusal.Message; }
            }
        }
        catch (Exception lost) when (lost is IOException or TimeoutException)
        {
            _unknown[actor.Id] = 0;
        }

        return null;
    }
}
