using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace LiveCommerce.Tests.Shared;

/// <summary>
/// Ports of loopback for servers that are told theirs. They lie below those that the kernel gives to outgoing connections: one of these
/// may be taken by any connection between the look and the server's start.
/// </summary>
internal static class FreePort
{
    private const int Lowest = 12_000;
    private const int HighestByDefault = 32_000;
    private static readonly int Highest = FirstOfKernel();

    // Whoever was given one may not listen at it yet.
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>One that nobody listens at. Drawn, so that other processes of the tests hardly ever take the same.</summary>
    public static int Next() => NextOf(1);

    /// <summary>The first of some that lie side by side.</summary>
    public static int NextOf(int count)
    {
        while (true)
        {
            var first = RandomNumberGenerator.GetInt32(Lowest, Highest - count);
            if (Enumerable.Range(first, count).All(port => IsFree(port) && Given.TryAdd(port, true))) { return first; }
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FirstOfKernel()
    {
        const string File = "/proc/sys/net/ipv4/ip_local_port_range";
        return System.IO.File.Exists(File)
            && int.TryParse(System.IO.File.ReadAllText(File).Split('\t')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first) && first > Lowest + 1000
            ? first
            : HighestByDefault;
    }
}
