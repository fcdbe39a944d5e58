using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;

/// <summary>
/// The runtime calls this in a server that is measured, when the environment names this program as a startup hook: whoever connects to
/// its socket is told what the server has allocated, and may have its garbage collected. The servers themselves know nothing of it.
/// </summary>
[SuppressMessage("Design", "CA1050", Justification = "The runtime wants it without a namespace.")]
[SuppressMessage("Design", "MA0047", Justification = "The runtime wants it without a namespace.")]
[SuppressMessage("Roslynator", "RCS1110", Justification = "The runtime wants it without a namespace.")]
internal static class StartupHook
{
    /// <summary>Variable of the environment with the socket's path.</summary>
    public const string PathVariable = "BENCH_PROBE";

    /// <summary>Asks for a collection.</summary>
    public const byte Collect = (byte)'c';

    /// <summary>Asks for the bytes allocated so far.</summary>
    public const byte Allocated = (byte)'a';

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is not { } path) { return; }
        new Thread(() => Answer(path)) { IsBackground = true, Name = "bench probe" }.Start();
    }

    private static void Answer(string path)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        var question = new byte[1];
        while (true)
        {
            using var asker = listener.Accept();
            if (asker.Receive(question) == 0) { continue; }
            if (question[0] == Collect)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            }

            asker.Send(BitConverter.GetBytes(question[0] == Collect ? GC.GetTotalMemory(forceFullCollection: false) : GC.GetTotalAllocatedBytes(precise: true)));
        }
    }
}
