using System.Net;
using System.Net.Sockets;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>
/// Opens connections. A server bounds the connections, sign-ins and requests of one address; on this machine, viewers therefore come
/// from many addresses of the loopback network, as they would from many homes.
/// </summary>
internal sealed class Dialer : IDisposable
{
    /// <summary>Addresses used at most.</summary>
    public const int AddressesMax = 250;

    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan IdleRequests = TimeSpan.FromSeconds(5);

    private readonly HttpMessageInvoker?[] _byAddress;
    private readonly IPAddress?[] _addresses;
    private readonly IPEndPoint[] _gateways;
    private readonly SocketLoop[] _loops = [];
    private readonly bool _isFromLoopback;

    /// <summary>A dialer for a server.</summary>
    /// <param name="server">Its address.</param>
    /// <param name="from">Addresses of this machine to come from; empty: of the loopback network, or whatever the system chooses.</param>
    public Dialer(Uri server, params IReadOnlyList<IPAddress> from)
        : this(server, from, gateways: [])
    {
    }

    /// <summary>A dialer for a server.</summary>
    /// <param name="server">Its address.</param>
    /// <param name="from">As above.</param>
    /// <param name="gateways">Where the hub is, when there are several beside one another; empty: at the server's address.</param>
    /// <param name="tables">Tables of open files that the sockets are spread over.</param>
    public Dialer(Uri server, IReadOnlyList<IPAddress> from, IReadOnlyList<Uri> gateways, int tables = 1)
    {
        Server = server;

        // Linux and Windows answer for all of 127.0.0.0/8; elsewhere everybody comes from the one address.
        var many = from.Count == 0 && server.IsLoopback && server.Host != "[::1]" && !OperatingSystem.IsMacOS();
        _addresses = from.Count > 0 ? [.. from.Take(AddressesMax)]
            : many ? [.. Enumerable.Range(1, AddressesMax).Select(number => new IPAddress([127, 0, 1, (byte)number]))]
            : [null];
        _byAddress = new HttpMessageInvoker?[_addresses.Length];
        _isFromLoopback = many;
        Target = Resolve(server);
        _gateways = gateways.Count == 0 ? [Target] : [.. gateways.Select(Resolve)];
        IsLean = TakesGateways(server);
        if (!IsLean) { return; }
        var loops = Math.Max(Math.Clamp(Environment.ProcessorCount / 2, 1, 8), tables);
        _loops = [.. Enumerable.Range(0, loops).Select(_ => new SocketLoop(ownFiles: tables > 1))];
        try
        {
            foreach (var loop in _loops) { loop.Start(); }
        }
        catch
        {
            foreach (var loop in _loops) { loop.Dispose(); }
            throw;
        }
    }

    /// <summary>The product.</summary>
    public Uri Server { get; }

    /// <summary>Where its sockets are.</summary>
    public IPEndPoint Target { get; }

    /// <summary>Where a viewer's hub is.</summary>
    public IPEndPoint TargetFor(int number) => _gateways[number % _gateways.Length];

    /// <summary>Whether connections are bare sockets: on Linux, without TLS.</summary>
    public bool IsLean { get; }

    /// <summary>Addresses that viewers come from.</summary>
    public int Addresses => _addresses.Length;

    /// <summary>Whether connections to a server can be bare sockets, which alone are spread over gateways.</summary>
    public static bool TakesGateways(Uri server) => Native.IsHere && server.Scheme == Uri.UriSchemeHttp;

    /// <summary>The threads that read.</summary>
    public IReadOnlyList<SocketLoop> Loops => _loops;

    /// <summary>Requests over HTTP, for a viewer or a sender.</summary>
    public HttpMessageInvoker For(int number)
    {
        ref var invoker = ref _byAddress[number % _byAddress.Length];
        if (Volatile.Read(ref invoker) is { } made) { return made; }
        var fresh = new HttpMessageInvoker(Handler(_addresses[number % _addresses.Length]));
        if (Interlocked.CompareExchange(ref invoker, fresh, null) is not { } other) { return fresh; }
        fresh.Dispose();
        return other;
    }

    /// <summary>Where a viewer comes from on its way to its hub; null: the system chooses.</summary>
    public IPAddress? AddressFor(int number)
    {
        // From the loopback network of IPv4 nothing gets anywhere else.
        var to = TargetFor(number).Address;
        return _isFromLoopback && (to.AddressFamily != AddressFamily.InterNetwork || !IPAddress.IsLoopback(to)) ? null : _addresses[number % _addresses.Length];
    }

    /// <summary>Which thread reads for a viewer.</summary>
    public SocketLoop LoopFor(int number) => _loops[number % _loops.Length];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var invoker in _byAddress) { invoker?.Dispose(); }
        foreach (var loop in _loops) { loop.Dispose(); }
    }

    // A name of this machine is its loopback address of IPv4; an address is itself.
    private static IPEndPoint Resolve(Uri server) => new(
        IPAddress.TryParse(server.DnsSafeHost, out var address) ? address : server.IsLoopback ? IPAddress.Loopback : Resolve(server.DnsSafeHost), server.Port);

    private static IPAddress Resolve(string host)
    {
        try
        {
            var all = Dns.GetHostAddresses(host);
            return all.FirstOrDefault(one => one.AddressFamily == AddressFamily.InterNetwork) ?? all[0];
        }
        catch (Exception unknown) when (unknown is SocketException or IndexOutOfRangeException)
        {
            throw new HttpRequestException($"There is no server named {host}.", unknown);
        }
    }

    private SocketsHttpHandler Handler(IPAddress? from) => new()
    {
        UseCookies = false,
        UseProxy = false,
        AllowAutoRedirect = false,
        ConnectTimeout = ConnectPatience,

        // Whoever fetches nothing for a while needs no open file.
        PooledConnectionIdleTimeout = IdleRequests,
        ConnectCallback = from is null ? null : (_, cancellationToken) => ConnectAsync(from, cancellationToken),
    };

    private async ValueTask<Stream> ConnectAsync(IPAddress from, CancellationToken cancellationToken)
    {
        var socket = new Socket(Target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(Target, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
