using LiveCommerce.Actors.Cluster;
using LiveCommerce.Chaos.Load;
using LiveCommerce.Chaos.Machines;

namespace LiveCommerce.Chaos.Faults;

/// <summary>Lets a fault happen under load, waits until all is well again, and measures.</summary>
internal sealed class FaultRunner(ChaosCluster cluster, Crowd crowd)
{
    /// <summary>From the call to hurry to the strike: the gifts are on their way then.</summary>
    private static readonly TimeSpan OnTheWay = TimeSpan.FromMilliseconds(8);

    private TimeSpan? _shardsBack;
    private TimeSpan? _handOver;
    private TimeSpan _struck;

    private TimeSpan Now => crowd.Book.Now;

    private TimeSpan DeathTime => cluster.DeathTime;

    /// <summary>Whether a fault is no reason to call a silo dead, however long it lasts.</summary>
    public static bool KillsNobody(FaultKind kind) => kind is FaultKind.StopDatabase or FaultKind.FreezeDatabase;

    /// <summary>Plays one fault to its end.</summary>
    /// <exception cref="TimeoutException">It did not become well again.</exception>
    public async Task<FaultResult> RunAsync(Fault fault)
    {
        await Task.Delay(fault.Pause, TimeProvider.System, Interrupt.Token);
        var silo = await AimAsync(fault);
        var gateway = cluster.Gateways[fault.Aim % cluster.Gateways.Length];
        var deathsBefore = (await cluster.Database.DeathsAsync()).Count;
        (_shardsBack, _handOver) = (null, null);

        crowd.Hurry();
        await Task.Delay(OnTheWay, TimeProvider.System, Interrupt.Token);
        _struck = Now;
        var target = await StrikeAsync(fault, silo, gateway);
        var over = Now;
        await cluster.RecoverAsync();
        var gift = await crowd.GivesAsync(_struck);
        await crowd.GivesAsync(Now);
        var deaths = (await cluster.Database.DeathsAsync()).Skip(deathsBefore).Select(death => death.Name).ToList();
        return new FaultResult(fault.Kind, target, _struck, over - _struck, _shardsBack, gift - _struck, crowd.Book.LongestAnswer(_struck, Now), _handOver, deaths);
    }

    private async Task<ChaosProcess> AimAsync(Fault fault)
    {
        var any = cluster.Silos[fault.Aim % cluster.Silos.Length];
        if (!fault.AtOwner) { return any; }
        var owner = await cluster.Database.OwnerAsync(Shards.Of(crowd.Room.RoomId));
        return Array.Find(cluster.Silos, silo => silo.Name == owner) ?? any;
    }

    private async Task<string> StrikeAsync(Fault fault, ChaosProcess silo, ChaosProcess gateway)
    {
        var seconds = TimeSpan.FromSeconds(fault.Seconds);
        var home = cluster.Network.Home;
        switch (fault.Kind)
        {
            case FaultKind.KillSilo:
                await silo.KillAsync();
                _struck = Now;
                await OthersOwnAsync(silo);
                return silo.Name;
            case FaultKind.KillGateway:
                await gateway.KillAsync();
                _struck = Now;
                return gateway.Name;
            case FaultKind.FreezeSiloHalf:
                return await FreezeAsync(silo, DeathTime * 0.5);
            case FaultKind.FreezeSiloOnce:
                return await FreezeAsync(silo, DeathTime);
            case FaultKind.FreezeSiloThrice:
                await silo.FreezeAsync();
                _struck = Now;
                await OthersOwnAsync(silo);
                await UntilAsync(_struck + (DeathTime * 3));
                await silo.ThawAsync();
                return silo.Name;
            case FaultKind.FreezeGateway:
                return await FreezeAsync(gateway, seconds);
            case FaultKind.StopDatabase:
                await cluster.Database.Server.StopAtOnceAsync();
                _struck = Now;
                await UntilAsync(_struck + seconds);
                await cluster.Database.Server.StartAgainAsync();
                return "PostgreSQL";
            case FaultKind.FreezeDatabase:
                await cluster.Database.Server.FreezeAsync(frozen: true);
                _struck = Now;
                await UntilAsync(_struck + seconds);
                await cluster.Database.Server.FreezeAsync(frozen: false);
                return "PostgreSQL";
            case FaultKind.CutSiloToDatabase:
                return await CutAsync(seconds, (silo.Place, home));
            case FaultKind.CutDatabaseToSilo:
                return await CutAsync(seconds, (home, silo.Place));
            case FaultKind.CutSiloAndDatabase:
                return await CutAsync(seconds, (silo.Place, home), (home, silo.Place));
            case FaultKind.CutGatewayToSilo:
                return await CutAsync(seconds, (gateway.Place, silo.Place));
            case FaultKind.CutSiloToGateway:
                return await CutAsync(seconds, (silo.Place, gateway.Place));
            case FaultKind.CutGatewayAndSilo:
                return await CutAsync(seconds, (gateway.Place, silo.Place), (silo.Place, gateway.Place));
            case FaultKind.Drain:
                foreach (var one in cluster.Silos) { await DrainAsync(one); }
                return "each silo";
            case FaultKind.KillAllSilos:
                await Task.WhenAll(cluster.Silos.Select(one => one.KillAsync()));
                _struck = Now;
                return "all silos";
            case FaultKind.FreezeBeforeWrite:
                return await FreezeBeforeWriteAsync();
            default:
                throw new ArgumentOutOfRangeException(nameof(fault), fault.Kind, "There is no such fault.");
        }
    }

    private async Task<string> FreezeAsync(ChaosProcess process, TimeSpan length)
    {
        await process.FreezeAsync();
        _struck = Now;
        await UntilAsync(_struck + length);
        await process.ThawAsync();
        return process.Name;
    }

    private async Task<string> CutAsync(TimeSpan length, params (Place From, Place To)[] ways)
    {
        foreach (var (from, to) in ways) { await cluster.Network.CutAsync(from, to); }
        _struck = Now;
        await UntilAsync(_struck + length);
        await cluster.Network.HealAsync();
        return $"{ways[0].From.Name} and {ways[0].To.Name}";
    }

    private async Task DrainAsync(ChaosProcess silo)
    {
        var began = Now;
        var leaving = silo.StopAsync();

        // Gifts without a pause: a room that nobody serves for a moment is asked for in that moment.
        await cluster.ServedAsync([.. cluster.Silos.Where(one => one != silo)], meanwhile: crowd.Hurry);
        var took = Now - began;
        var longest = crowd.Book.LongestAnswer(began, Now);
        if (!(_shardsBack >= took)) { _shardsBack = took; }
        if (!(_handOver >= longest)) { _handOver = longest; }
        await leaving;
        await silo.StartAsync();
        await cluster.ServedAsync(cluster.Silos);
    }

    /// <summary>A silo of the suite's own host stops itself in front of a write of a room, another one claims the room, and the first goes on.</summary>
    private async Task<string> FreezeBeforeWriteAsync()
    {
        // Every silo has its share of the shards, so that one of some rooms lies where it must; and each time another person opens them.
        await cluster.ServedAsync(cluster.Silos, fairly: true);
        var host = await crowd.RegisterHostAsync();
        var (roomId, silo) = await RoomOfOwnHostAsync(host);
        var outcome = cluster.StopFile + ".outcome";
        File.Delete(outcome);
        await File.WriteAllTextAsync(cluster.StopFile, roomId);
        var change = host.AskAsync(HttpMethod.Put, $"/api/rooms/{roomId}", new { title = "Plates", category = "home" });
        await ChaosCluster.EventuallyAsync(() => Task.FromResult(silo.IsStopped), $"{silo.Name} stops in front of its write");
        _struck = Now;
        var before = await cluster.Database.ClaimAsync(roomId);
        await OthersOwnAsync(silo);
        await ChaosCluster.EventuallyAsync(
            async () =>
            {
                await host.AskAsync(HttpMethod.Get, $"/api/rooms/{roomId}");
                return await cluster.Database.ClaimAsync(roomId) > before;
            },
            "another silo claims the room");
        await silo.ThawAsync();
        await ChaosCluster.EventuallyAsync(() => Task.FromResult(File.Exists(outcome)), $"{silo.Name} tries its write");
        await change;
        var became = await File.ReadAllTextAsync(outcome);
        if (silo.IsChecked && became != "refused") { crowd.Book.Blame($"{silo.Name} went on under an old epoch, and its write was {became}."); }
        return $"{silo.Name}, whose write was {became}";
    }

    private async Task<(string RoomId, ChaosProcess Silo)> RoomOfOwnHostAsync(Person host)
    {
        while (true)
        {
            var room = await Crowd.OpenRoomAsync(host, "Spoons");
            var owner = await cluster.Database.OwnerAsync(Shards.Of(room.RoomId));
            if (Array.Find(cluster.Silos, silo => silo.Name == owner && silo.IsOwnHost) is { } silo) { return (room.RoomId, silo); }
        }
    }

    private async Task OthersOwnAsync(ChaosProcess dead)
    {
        await cluster.ServedAsync([.. cluster.Silos.Where(silo => silo != dead)]);
        _shardsBack = Now - _struck;
    }

    private async Task UntilAsync(TimeSpan moment)
    {
        if (moment > Now) { await Task.Delay(moment - Now, TimeProvider.System, Interrupt.Token); }
    }
}
