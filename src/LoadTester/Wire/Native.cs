using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>Linux' own calls: tens of thousands of sockets that wait cost a number each here, and an object graph each in the framework.</summary>
internal static partial class Native
{
    public const uint Readable = 0x001;
    public const uint Writable = 0x004;
    public const uint Failed = 0x008;
    public const uint HungUp = 0x010;

    public const int Add = 1;
    public const int Change = 3;

    public const int StreamSocket = 1;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int LevelSocket = 1;
    public const int OptionError = 4;
    public const int OptionReceiveBuffer = 8;
    public const int LevelTcp = 6;
    public const int OptionNoDelay = 1;
    public const int DontWait = 0x40;
    public const int NoSignal = 0x4000;

    public const int Again = 11;
    public const int Interrupted = 4;
    public const int InProgress = 115;
    public const int TooManyFiles = 24;

    private const int OpenFiles = 7;
    private const int CloneFiles = 0x400;

    /// <summary>Bytes of one event: packed on x86-64 only.</summary>
    public static readonly int EventBytes = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    /// <summary>Whether these calls are there.</summary>
    public static bool IsHere => OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>Files and sockets this process may open; null where that is not known.</summary>
    public static long? OpenFilesMax
    {
        get
        {
            if (!IsHere) { return null; }
            Span<ulong> limits = stackalloc ulong[2];
            return GetLimit(OpenFiles, MemoryMarshal.AsBytes(limits)) == 0 ? (long)Math.Min(limits[0], long.MaxValue) : null;
        }
    }

    /// <summary>Watches a socket, or changes what is watched for.</summary>
    public static int Watch(int epoll, int operation, int socket, uint events, ulong data)
    {
        Span<byte> one = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(one, events);
        BinaryPrimitives.WriteUInt64LittleEndian(one[(EventBytes - 8)..], data);
        return Control(epoll, operation, socket, one);
    }

    /// <summary>Gives this thread a table of open files of its own: a copy, which has its own limit.</summary>
    public static bool TryOwnFiles() => IsHere && Unshare(CloneFiles) == 0;

    /// <summary>Whether threads get tables of their own: containers forbid it often. Tried on a thread that ends with it.</summary>
    public static bool GivesThreadsFiles()
    {
        var given = false;
        var thread = new Thread(() => given = TryOwnFiles()) { IsBackground = true, Name = "trial of files" };
        thread.Start();
        thread.Join();
        return given;
    }

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int Epoll(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int Wait(int epoll, Span<byte> events, int count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int Bell(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int socket, ReadOnlySpan<byte> address, int bytes);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(int socket, ReadOnlySpan<byte> address, int bytes);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int socket, Span<byte> buffer, nint bytes, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int socket, ReadOnlySpan<byte> buffer, nint bytes, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int file, ReadOnlySpan<byte> buffer, nint bytes);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int file, Span<byte> buffer, nint bytes);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetOption(int socket, int level, int option, in int value, int bytes);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetOption(int socket, int level, int option, ref int value, ref int bytes);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int Control(int epoll, int operation, int file, ReadOnlySpan<byte> change);

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int what);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, Span<byte> limits);
}
