using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Scenarios;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Acts;

/// <summary>People write something, and the owner bans them for it.</summary>
internal sealed class BanAct(Load load, ActPlan plan, RoomLoad room) : Act(load, plan, room)
{
    private static readonly TimeSpan OutWithin = TimeSpan.FromSeconds(15);

    public override string Promise => "who is banned is out and stays out, and what they wrote is gone";

    public override async Task<string?> DoAsync(CancellationToken cancellationToken)
    {
        foreach (var actor in Actors)
        {
            var said = await actor.CallAsync<SayCall, ChatReceipt>("Say", new SayCall(Guid.CreateVersion7(Load.Clock.Time.GetUtcNow()), "Buy my thing."), cancellationToken);
            if (!said.Ok) { return said.Refusal.Message; }
        }

        var owner = new Api(Load.Scenario.Server, Load.Dialer.For(Room.Index), Load.Clock.Time, Room.OwnerCookie);
        foreach (var actor in Actors)
        {
            if (await owner.BanAsync(Room.RoomId, actor.Id, cancellationToken) is { } refused) { return refused.Message; }
        }

        try
        {
            var why = await Task.WhenAll(Actors.Select(actor => actor.Closed)).WaitAsync(OutWithin, Load.Clock.Time, cancellationToken);
            return why.All(refusal => refusal?.Code == RefusalCode.Banned) ? null : $"the server closed with {why.First(refusal => refusal?.Code != RefusalCode.Banned)?.Name ?? "nothing"}";
        }
        catch (TimeoutException)
        {
            return $"{Actors.Count(actor => !actor.Closed.IsCompleted)} banned viewers were still connected after {OutWithin.TotalSeconds:0} s";
        }
    }

    public override async Task<ActVerdict> ProveAsync(IReadOnlyList<WalletProof> wallets, CancellationToken cancellationToken)
    {
        foreach (var actor in Actors)
        {
            if (await actor.JoinAsync(cancellationToken) is not { Code: RefusalCode.Banned }) { return ActVerdict.Of($"{actor.Id} could come back", ""); }
        }

        // Whoever comes now.
        await using var guest = new Actor(Load, Room, number: 0, account: null);
        if (await guest.JoinAsync(cancellationToken) is { } refused) { return ActVerdict.Of(refused.Message, ""); }
        using var snapshot = JsonDocument.Parse(await guest.Snapshot.WaitAsync(OutWithin, Load.Clock.Time, cancellationToken));
        var banned = Actors.Select(actor => actor.Id).ToHashSet(StringComparer.Ordinal);
        var left = snapshot.RootElement.GetProperty("messages").EnumerateArray()
            .Count(said => banned.Contains(said.GetProperty("sender").GetProperty("id").GetString() ?? ""));
        return ActVerdict.Of(left == 0 ? null : $"{left} of their messages are still shown", $"{Actors.Count} people");
    }
}
