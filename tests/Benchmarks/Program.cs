using System.Globalization;
using LiveCommerce.Benchmarks;
using LiveCommerce.Benchmarks.Cluster;
using LiveCommerce.Benchmarks.Fanout;
using LiveCommerce.Benchmarks.Ledger;
using LiveCommerce.Benchmarks.Player;
using LiveCommerce.Benchmarks.Smoke;
using LiveCommerce.Benchmarks.Video;

// As the product has it (Host.csproj): the ledger's engine runs in here, and those who send. What the product is compared with keeps the defaults.
if (args is not [BareServer.Argument or PlainServers.SignalR or PlainServers.Raw or EchoServer.Argument, ..])
{
    AppContext.SetData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", 0);
}

const string Quick = "--quick";
const string Only = "--only=";
const string Rates = "--rates=";
const string Seconds = "--seconds=";

Dictionary<string, Func<Figures, Task>> benches = new(StringComparer.Ordinal)
{
    ["smoke"] = SmokeBench.RunAsync,
    ["ledger"] = figures => LedgerBench.RunAsync(figures, args.Contains(Quick) ? LedgerPlan.Quick : LedgerPlan.Full),
    ["fanout"] = figures => FanoutBench.RunAsync(figures, (args.Contains(Quick) ? FanoutPlan.Quick : FanoutPlan.Full).Narrowed(
        Option(Only)?.Split(','),
        Option(Rates)?.Split(',').Select(rate => int.Parse(rate, CultureInfo.InvariantCulture)).ToArray(),
        Option(Seconds) is { } seconds ? double.Parse(seconds, CultureInfo.InvariantCulture) : null)),
    ["cluster"] = figures => ClusterBench.RunAsync(figures, (args.Contains(Quick) ? ClusterPlan.Quick : ClusterPlan.Full) with { Only = Option(Only)?.Split(',') }),
    ["player"] = PlayerBench.RunAsync,
    ["video"] = figures => VideoBench.RunAsync(figures, (args.Contains(Quick) ? VideoPlan.Quick : VideoPlan.Full) with { Only = Option(Only)?.Split(',') }),
    ["ledger-cpu"] = figures => LedgerCpu.RunAsync(figures, LedgerPlan.Quick),
};

string? Option(string name) => args.FirstOrDefault(one => one.StartsWith(name, StringComparison.Ordinal))?[name.Length..];

switch (args)
{
    case [BareServer.Argument, var address]:
        await BareServer.RunAsync(address);
        return 0;
    case [PlainServers.SignalR, var address]:
        await PlainServers.RunSignalRAsync(address);
        return 0;
    case [PlainServers.Raw, var address]:
        await PlainServers.RunRawAsync(address);
        return 0;
    case [EchoServer.Argument, var address]:
        await EchoServer.RunAsync(address);
        return 0;
    case [EchoNode.Argument, var address]:
        await EchoNode.RunAsync(address);
        return 0;
    case [var name, .. var options] when benches.TryGetValue(name, out var bench)
            && options.All(one => one == Quick || (name is "video" or "cluster" && one.StartsWith(Only, StringComparison.Ordinal)) || (name == "fanout" && new[] { Only, Rates, Seconds }.Any(option => one.StartsWith(option, StringComparison.Ordinal)))):
        var figures = new Figures(name);
        await bench(figures);
        await figures.WriteAsync();
        return 0;
    default:
        await Console.Error.WriteLineAsync($"Name a bench: {string.Join(", ", benches.Keys)}. Such as: ./dev bench smoke, ./dev bench ledger --quick, ./dev bench fanout --only=livecommerce,signalr, or ./dev bench fanout --quick --rates=500 --seconds=10 for the messages alone");
        return 2;
}
