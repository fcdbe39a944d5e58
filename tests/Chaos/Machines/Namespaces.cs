using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LiveCommerce.Chaos.Machines;

/// <summary>
/// Each process in a network namespace of its own, all joined by a router in another: a rule of the router drops what goes from one
/// to another, silently and one way, as a broken switch would. Needs root, and of the system no more than the program <c>ip</c>.
/// </summary>
internal sealed partial class Namespaces : INetwork
{
    private const string Prefix = "lcchaos";
    private const int RulePreference = 100;

    private readonly List<string> _names = [];
    private readonly List<Relay> _relays = [];
    private readonly int _net;
    private readonly string _router;
    private int _places;
    private int _cuts;

    private Namespaces(int net)
    {
        _net = net;
        _router = $"{Prefix}{net}r";
        Home = new Place("home", Address(0), 0, null);
    }

    public string Description => $"network namespaces of 10.{_net}.0.0/16, a router between them";

    public Place Home { get; }

    /// <summary>Makes the router; null when this machine does not let us.</summary>
    public static async Task<Namespaces?> TryCreateAsync()
    {
        if (Environment.UserName != "root") { return null; }

        // A number of our own: several suites may run beside each other.
        var network = new Namespaces(100 + (Environment.ProcessId % 100));
        try
        {
            await network.CreateRouterAsync();
            return network;
        }
        catch (Exception problem) when (problem is InvalidOperationException or IOException)
        {
            await network.DisposeAsync();
            return null;
        }
    }

    public async Task<Place> AddAsync(string name)
    {
        var number = ++_places;
        var space = $"{Prefix}{_net}n{number}";
        await MakeAsync(space);
        await JoinAsync(number, space);
        await IpAsync("-n", space, "link", "set", "lo", "up");
        await IpAsync("-n", space, "route", "add", "default", "via", RouterSide(number));
        return new Place(name, Address(number), 5080, space);
    }

    public (string Host, int Port) Reach(Place? from, Place to, int port) => (to.Address, port);

    public void BringHome(Place place, int port)
    {
        TcpListener? listener = null;
        Exception? problem = null;

        // A socket belongs to the namespace that its thread was in when it was made. This thread ends there.
        var visitor = new Thread(() =>
        {
            try
            {
                using var there = File.OpenHandle($"/run/netns/{place.Namespace}");
                if (SetNamespace(there, 0) != 0) { throw new IOException($"{place.Namespace} cannot be entered: error {Marshal.GetLastPInvokeError()}."); }
                listener = Relay.Listen(port);
            }
            catch (Exception failure)
            {
                problem = failure;
            }
        });
        visitor.Start();
        visitor.Join();
        _relays.Add(problem is null ? new Relay(listener!, "127.0.0.1", port) : throw new InvalidOperationException(problem.Message, problem));
    }

    public Task CutAsync(Place from, Place to) => IpAsync(
        "-n", _router, "rule", "add", "from", from.Address, "to", to.Address, "pref", (RulePreference + _cuts++).ToString(CultureInfo.InvariantCulture), "blackhole");

    public async Task HealAsync()
    {
        while (_cuts > 0)
        {
            _cuts--;
            await IpAsync("-n", _router, "rule", "del", "pref", (RulePreference + _cuts).ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The links go with their namespaces.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var relay in _relays) { await relay.DisposeAsync(); }
        foreach (var name in _names) { await Machine.TryAsync("ip", "netns", "del", name); }
    }

    private async Task CreateRouterAsync()
    {
        await MakeAsync(_router);
        await IpAsync("-n", _router, "link", "set", "lo", "up");
        await JoinAsync(0, space: null);
        await IpAsync("route", "add", $"10.{_net}.0.0/16", "via", RouterSide(0));
        await Machine.RunAsync("ip", "netns", "exec", _router, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
    }

    // A pair of ends: one in the router, one in the place.
    private async Task JoinAsync(int number, string? space)
    {
        var (near, far) = ($"{Prefix[..3]}{_net}v{number}", $"r{number}");
        await IpAsync("link", "add", near, "type", "veth", "peer", "name", far, "netns", _router);
        if (space is not null) { await IpAsync("link", "set", near, "netns", space); }
        string[] there = space is null ? [] : ["-n", space];
        await IpAsync([.. there, "addr", "add", $"{Address(number)}/30", "dev", near]);
        await IpAsync([.. there, "link", "set", near, "up"]);
        await IpAsync("-n", _router, "addr", "add", $"{RouterSide(number)}/30", "dev", far);
        await IpAsync("-n", _router, "link", "set", far, "up");
    }

    private async Task MakeAsync(string name)
    {
        // What a suite of the same number left behind that was killed itself.
        await Machine.TryAsync("ip", "netns", "del", name);
        await IpAsync("netns", "add", name);
        _names.Add(name);
    }

    private string Address(int number) => $"10.{_net}.{number}.2";

    private string RouterSide(int number) => $"10.{_net}.{number}.1";

    private static Task IpAsync(params string[] arguments) => Machine.RunAsync("ip", arguments);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle space, int type);
}
