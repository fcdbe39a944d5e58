using LiveCommerce.Contracts.Rooms;
using LiveCommerce.EndToEnd.Tests.Wire;
using LiveCommerce.Tests.Shared;
using Npgsql;

namespace LiveCommerce.EndToEnd.Tests.Crashes;

/// <summary>What happens in a round. Answers are dropped and connections cut in every one.</summary>
public enum Fault
{
    KillServer,
    KillDatabase,
    KillBoth,

    /// <summary>Again, when the server is back at it and takes its ledger over.</summary>
    KillDatabaseTwice,

    /// <summary>The server stands still while somebody else takes its ledger over.</summary>
    FreezeServer,
}

/// <summary>Load, a fault in the middle of it, recovery, and the repeats of those who got no answer.</summary>
internal sealed class CrashRound(Stage stage, PostgresServer? database, CrashLoad load, Fault fault, int seed)
{
    private const int AnswersMin = 15;
    private const int AnswersMax = 80;
    private const int RepeatsChecked = 5;

    // Of the snapshot's 50 gifts, some may be committed without an answer: these many acknowledged ones are in it for sure.
    private const int SurelyShown = 15;

    private readonly Random _random = new(seed);

    private bool ServerDies => fault is Fault.KillServer or Fault.KillBoth;

    public async Task RunAsync()
    {
        try
        {
            await PlayAsync();
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException(
                $"Seed {seed}, {fault}: {failure.Message}\nThe server's last words:\n{string.Join('\n', stage.Product.Output.TakeLast(40))}", failure);
        }
    }

    private async Task PlayAsync()
    {
        await EnsureLiveAsync(wasCutOff: false);
        var enough = load.Book.AnswersReach(load.Book.Acknowledged.Count + _random.Next(AnswersMin, AnswersMax));
        var (giving, over) = load.Begin(_random.Next());
        await Task.WhenAny(enough, giving);
        Assert.True(enough.IsCompletedSuccessfully, $"The gifts ended before the fault: {load.Book.Problem}");
        load.Strikes();
        await StrikeAsync();
        over.SetResult();
        await giving;
        await EnsureLiveAsync(wasCutOff: ServerDies);

        // The newest acknowledged gifts are shown to whoever comes now.
        await using (var hub = await HubClient.ConnectAsync(stage.Product.Address))
        {
            var newest = load.Book.Acknowledged.TakeLast(SurelyShown).ToList();
            await Eventually.HoldsAsync(
                async () => newest.ToHashSet().IsSubsetOf((await hub.JoinAsync(stage.RoomId)).Gifts.SelectMany(gift => gift.Keys)), "the newest gifts are shown");
        }

        await load.SettleOpenAsync();
        await load.RepeatSomeAsync(_random, RepeatsChecked);
    }

    private async Task StrikeAsync()
    {
        if (ServerDies) { await stage.Product.KillAloneAsync(); }
        switch (fault)
        {
            case Fault.KillDatabase:
            case Fault.KillBoth:
                await database!.KillAsync();
                await database.StartAgainAsync();
                break;
            case Fault.KillDatabaseTwice:
                await database!.KillAsync();
                await database.StartAgainAsync();
                await Eventually.HoldsAsync(ServerIsBackAsync, "the server is back at its database");
                await database.KillAsync();
                await database.StartAgainAsync();
                break;
            case Fault.FreezeServer:
                await stage.Product.SignalAsync("STOP");
                await TakeOverAsync();
                await stage.Product.SignalAsync("CONT");
                break;
            default:
                break;
        }

        if (ServerDies) { await stage.Product.StartAgainAsync(); }
    }

    private async Task EnsureLiveAsync(bool wasCutOff)
    {
        // A room whose server died is not live any more, whatever it still thinks. Its page may be asked for while connections to a dead database are found out.
        StreamPhase? phase = null;
        await Eventually.HoldsAsync(async () => (phase = await stage.PhaseOrNullAsync()) is not null, "the room answers");
        if (wasCutOff || phase != StreamPhase.Live) { await stage.GoLiveAsync(); }
    }

    private async Task<bool> ServerIsBackAsync()
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand("select exists(select from pg_stat_activity where application_name like 'livecommerce%')", connection);
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    // As another owner does it: waits for a commit that is under way (the database ends it when its owner stands still), then fences.
    private async Task TakeOverAsync()
    {
        await using var connection = await OpenAsync();
        await using var command = new NpgsqlCommand("update ledger_shard set epoch = epoch + 1, owner = 'somebody else' where shard = 0", connection) { CommandTimeout = 180 };
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(stage.ConnectionString.Replace("Pooling=true", "Pooling=false", StringComparison.Ordinal));
        await connection.OpenAsync();
        return connection;
    }
}
