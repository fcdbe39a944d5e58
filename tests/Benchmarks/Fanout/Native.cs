using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace LiveCommerce.Benchmarks.Fanout;

/// <summary>
/// The few system calls that a crowd needs. .NET's own sockets wake a thread for every piece that arrives; with ten thousand viewers in
/// one process that alone would take more of the machine than the servers that are measured.
/// </summary>
[SuppressMessage("Interoperability", "SYSLIB1054", Justification = "All arguments are blittable.")]
internal static class Native
{
    public const int ReadReady = 1;
    public const int WriteReady = 4;
    public const int Gone = 8 | 16;
    public const int Again = 11;
    public const int InProgress = 115;

    private const string C = "libc";
    private const int NoSignal = 0x4000;
    private const int StreamWithoutWaiting = 1 | 0x800;
    private const int Internet = 2;
    private const int AddressBytes = 16;
    private const int SocketLevel = 1;
    private const int ReceiveBuffer = 8;
    private const int TcpLevel = 6;
    private const int NoDelay = 1;
    private const int OpenFilesLimit = 7;

    // The kernel packs its event on x86-64 and nowhere else.
    public static readonly int EventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    public static readonly int EventDataAt = EventBytes - 8;

    /// <summary>Connects without waiting.</summary>
    /// <param name="from">Last two bytes of the loopback address it comes from.</param>
    /// <param name="receiveBytes">Size of the kernel's receive buffer; 0: its own choice.</param>
    /// <returns>The descriptor.</returns>
    public static int Connect(int port, (byte Third, byte Fourth) from, int receiveBytes)
    {
        var descriptor = OpenSocket(Internet, StreamWithoutWaiting, 0);
        if (descriptor < 0) { throw new IOException($"No socket: error {Marshal.GetLastPInvokeError()}. Raise the limit of open files (ulimit -n)."); }
        var one = 1;
        _ = SetOption(descriptor, TcpLevel, NoDelay, ref one, sizeof(int));
        if (receiveBytes > 0) { _ = SetOption(descriptor, SocketLevel, ReceiveBuffer, ref receiveBytes, sizeof(int)); }
        _ = Bind(descriptor, Address(0, from.Third, from.Fourth), AddressBytes);
        if (Connect(descriptor, Address(port, 0, 1), AddressBytes) == 0 || Marshal.GetLastPInvokeError() == InProgress) { return descriptor; }
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        throw new IOException($"Not connected: error {error}.");
    }

    /// <summary>Reads what is there.</summary>
    /// <returns>Bytes; 0 at the end; less than 0: error, or nothing yet (<paramref name="again"/>).</returns>
    public static int Receive(int descriptor, Span<byte> into, out bool again)
    {
        var count = Receive(descriptor, ref MemoryMarshal.GetReference(into), into.Length, 0);
        again = count < 0 && Marshal.GetLastPInvokeError() == Again;
        return (int)count;
    }

    /// <summary>Writes a small message whole.</summary>
    /// <returns>False when the connection does not take it.</returns>
    public static bool Send(int descriptor, ReadOnlySpan<byte> message) =>
        Send(descriptor, ref MemoryMarshal.GetReference(message), message.Length, NoSignal) == message.Length;

    /// <summary>Watches a descriptor.</summary>
    /// <param name="number">Comes back with its events.</param>
    public static void Watch(int poll, int descriptor, int number, int events, bool isNew)
    {
        var item = new byte[EventBytes];
        BitConverter.TryWriteBytes(item, events);
        BitConverter.TryWriteBytes(item.AsSpan(EventDataAt), (long)number);
        _ = Control(poll, isNew ? 1 : 3, descriptor, item);
    }

    /// <summary>Watches it no more.</summary>
    public static void Forget(int poll, int descriptor) => _ = Control(poll, 2, descriptor, new byte[EventBytes]);

    /// <summary>This process may hold so many sockets, when the machine lets it.</summary>
    public static void AllowOpenFiles(long count)
    {
        long[] limit = [count, count];
        _ = SetLimit(OpenFilesLimit, limit);
    }

    [DllImport(C, EntryPoint = "epoll_create1", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int CreatePoll(int flags);

    [DllImport(C, EntryPoint = "epoll_wait", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Wait(int poll, byte[] events, int eventsMax, int milliseconds);

    [DllImport(C, EntryPoint = "close", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Close(int descriptor);

    [DllImport(C, EntryPoint = "epoll_ctl", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int poll, int operation, int descriptor, byte[] item);

    [DllImport(C, EntryPoint = "socket", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenSocket(int domain, int type, int protocol);

    [DllImport(C, EntryPoint = "bind", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Bind(int descriptor, byte[] address, int length);

    [DllImport(C, EntryPoint = "connect", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Connect(int descriptor, byte[] address, int length);

    [DllImport(C, EntryPoint = "setsockopt", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetOption(int descriptor, int level, int name, ref int value, int length);

    [DllImport(C, EntryPoint = "recv", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Receive(int descriptor, ref byte into, nint length, int flags);

    [DllImport(C, EntryPoint = "send", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Send(int descriptor, ref byte message, nint length, int flags);

    [DllImport(C, EntryPoint = "setrlimit", SetLastError = true), DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetLimit(int resource, long[] limit);

    private static byte[] Address(int port, byte third, byte fourth)
    {
        var address = new byte[AddressBytes];
        address[0] = Internet;
        (address[2], address[3]) = unchecked(((byte)(port >> 8), (byte)port));
        (address[4], address[6], address[7]) = (127, third, fourth);
        return address;
    }
}
