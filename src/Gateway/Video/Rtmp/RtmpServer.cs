using System.Runtime.Versioning;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>How it is with RTMP on this server.</summary>
public enum RtmpState
{
    /// <summary>Switched off by configuration.</summary>
    Off = 0,

    /// <summary>nginx or its rtmp module is not installed.</summary>
    NotInstalled = 1,

    /// <summary>nginx is being started.</summary>
    Starting = 2,

    /// <summary>Encoders can connect.</summary>
    Ready = 3,

    /// <summary>nginx does not stay up; it is tried again and again.</summary>
    Failed = 4,
}

/// <summary>
/// Keeps an nginx of our own running that takes RTMP: finds it, writes its configuration, ends one that a killed server left behind,
/// starts it again when it dies, and ends it with this server.
/// </summary>
internal sealed partial class RtmpServer(IOptions<VideoOptions> options, TimeProvider time, RtmpPublishers publishers, ILogger<RtmpServer> logger)
    : BackgroundService
{
    /// <summary>Bytes of the folder's path: what is longer, together with a socket's name, Linux does not take.</summary>
    private const int FolderBytesMax = 90;

    private static readonly TimeSpan LookForInstallation = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>A life this long ends the growth of pauses.</summary>
    private static readonly TimeSpan LongLife = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan StartLook = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan SessionsPatience = TimeSpan.FromSeconds(5);

    /// <summary>Looks without an answer after which nginx is taken for stuck.</summary>
    private const int SilencesMax = 3;

    private readonly RtmpOptions _options = options.Value.Rtmp;
    private volatile NginxRun? _run;
    private volatile NginxProcess? _process;
    private volatile string? _problem;
    private int _state = (int)(options.Value.Rtmp.Port == 0 ? RtmpState.Off : RtmpState.Starting);

    /// <summary>How it is now.</summary>
    public RtmpState State
    {
        get => (RtmpState)Volatile.Read(ref _state);
        private set => Volatile.Write(ref _state, (int)value);
    }

    /// <summary>What is wrong, when it failed.</summary>
    public string? Problem => _problem;

    /// <summary>The port for encoders.</summary>
    public int Port => _options.Port;

    /// <summary>nginx's process id; null while none runs.</summary>
    public int? ProcessId => _process?.Id;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        if (_options.Port == 0) { return; }
        try
        {
            if (await FindAsync(stoppingToken) is not { } program) { return; }
            if (!OperatingSystem.IsWindows()) { await SuperviseAsync(program, stoppingToken); }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
        catch (Exception failure)
        {
            Log.GaveUp(logger, failure);
            Fail(failure.Message);
        }
    }

    private async Task<NginxProgram?> FindAsync(CancellationToken stopping)
    {
        if (_options.Folder.Length == 0 || System.Text.Encoding.UTF8.GetByteCount(Path.GetFullPath(_options.Folder)) > FolderBytesMax)
        {
            Fail($"Video:Rtmp:Folder must name a folder whose path has at most {FolderBytesMax} bytes.");
            Log.NoFolder(logger, _options.Folder, FolderBytesMax);
            return null;
        }

        while (true)
        {
            if (NginxProgram.Find(_options) is { } program) { return program; }
            if (State != RtmpState.NotInstalled) { Log.NotInstalled(logger, NginxProgram.InstallCommand); }

            // Once it is installed it is found without a restart.
            State = RtmpState.NotInstalled;
            await Task.Delay(LookForInstallation, time, stopping);
        }
    }

    [UnsupportedOSPlatform("windows")]
    private async Task SuperviseAsync(NginxProgram program, CancellationToken stopping)
    {
        var folder = Path.GetFullPath(_options.Folder);
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var running = new RunningFile(Path.Combine(folder, "running"));
        await using var callbacks = await CallbacksAsync(folder, running, stopping);
        var pause = FirstPause;
        while (true)
        {
            if (running.EndLeftover() is { } ended) { Log.LeftoverEnded(logger, ended); }
            var began = time.GetTimestamp();
            await LiveAsync(program, folder, running, stopping);
            stopping.ThrowIfCancellationRequested();

            pause = time.GetElapsedTime(began) > LongLife ? FirstPause : pause;
            Log.Died(logger, _problem ?? "", pause.TotalSeconds);
            await Task.Delay(pause, time, stopping);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>Begins to answer; waits while another server uses the folder.</summary>
    private async Task<RtmpCallbacks> CallbacksAsync(string folder, RunningFile running, CancellationToken stopping)
    {
        while (running.BelongsToAnother)
        {
            if (State != RtmpState.Failed) { Log.FolderTaken(logger, folder); }
            Fail("Another server that still runs uses the same data folder.");
            await Task.Delay(LookForInstallation, time, stopping);
        }

        return await RtmpCallbacks.StartAsync(Path.Combine(folder, NginxConfiguration.AskSocket), publishers, () => _run, logger);
    }

    /// <summary>One life of nginx, from its start to its end.</summary>
    [UnsupportedOSPlatform("windows")]
    private async Task LiveAsync(NginxProgram program, string folder, RunningFile running, CancellationToken stopping)
    {
        State = RtmpState.Starting;
        var socket = Path.Combine(folder, NginxConfiguration.ControlSocket);

        // One that was killed leaves its socket, and nginx does not take a name that is there.
        File.Delete(socket);
        using var run = new NginxRun(_options.Port, socket);
        await WriteAsync(Path.Combine(folder, "nginx.conf"), NginxConfiguration.Of(_options, program.ModulePath, run.Secret));
        _run = run;
        var process = await NginxProcess.StartAsync(program.Path, folder, line => Log.Line(logger, line));
        if (process is null)
        {
            Fail($"{program.Path} can't be started.");
            return;
        }

        await using (process)
        {
            running.Write(process.Id);
            _process = process;
            try
            {
                await using var stop = stopping.Register(process.Kill);
                await AttendAsync(run, process, stopping);
            }
            finally
            {
                process.Kill();
                await process.Ended;
                _process = null;
                _run = null;
                Fail(process.LastLine.Length > 0 ? process.LastLine : "nginx ended.");
                run.End();

                // Sessions are the ones that still ask nginx; each ends by itself now.
                await publishers.AllEndedAsync().WaitAsync(SessionsPatience, time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                running.EndLeftover();
            }
        }
    }

    /// <summary>Waits for nginx to be up, and then until it ends or does not answer any more.</summary>
    private async Task AttendAsync(NginxRun run, NginxProcess process, CancellationToken stopping)
    {
        var began = time.GetTimestamp();
        while (await run.Control.StreamsAsync(stopping) is null)
        {
            if (process.Ended.IsCompleted) { return; }
            if (time.GetElapsedTime(began) > StartPatience)
            {
                Log.Silent(logger, process.Id);
                return;
            }

            await Task.WhenAny(process.Ended, Task.Delay(StartLook, time, stopping));
            stopping.ThrowIfCancellationRequested();
        }

        _problem = null;
        State = RtmpState.Ready;
        Log.Ready(logger, _options.Address, _options.Port, process.Id);
        var silences = 0;
        while (!process.Ended.IsCompleted && silences < SilencesMax)
        {
            await Task.WhenAny(process.Ended, Task.Delay(LookForInstallation / 3, time, stopping));
            stopping.ThrowIfCancellationRequested();
            silences = await run.Control.StreamsAsync(stopping) is null ? silences + 1 : 0;
        }

        if (silences == SilencesMax && !process.Ended.IsCompleted) { Log.Silent(logger, process.Id); }
    }

    /// <summary>Readable by this user only: it holds the secret by which nginx asks.</summary>
    [UnsupportedOSPlatform("windows")]
    private static async Task WriteAsync(string file, string text)
    {
        File.Delete(file);
        var stream = new FileStream(file, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        await using var writer = new StreamWriter(stream);
        await writer.WriteAsync(text);
    }

    private void Fail(string problem)
    {
        _problem = problem;
        State = RtmpState.Failed;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3631, Level = LogLevel.Information, Message = "RTMP encoders (OBS) can't connect, because nginx's rtmp module is missing. Install it with: {Command}")]
        public static partial void NotInstalled(ILogger logger, string command);

        [LoggerMessage(EventId = 3632, Level = LogLevel.Information, Message = "RTMP encoders can connect at {Address}:{Port}; nginx is process {ProcessId}")]
        public static partial void Ready(ILogger logger, string address, int port, int processId);

        [LoggerMessage(EventId = 3633, Level = LogLevel.Warning, Message = "nginx for RTMP ended ({Problem}) and is started again in {Seconds} s")]
        public static partial void Died(ILogger logger, string problem, double seconds);

        [LoggerMessage(EventId = 3634, Level = LogLevel.Warning, Message = "nginx for RTMP (process {ProcessId}) does not answer and is ended")]
        public static partial void Silent(ILogger logger, int processId);

        [LoggerMessage(EventId = 3635, Level = LogLevel.Warning, Message = "An nginx for RTMP (process {ProcessId}) of a server that was killed was still there and has been ended")]
        public static partial void LeftoverEnded(ILogger logger, int processId);

        [LoggerMessage(EventId = 3636, Level = LogLevel.Warning, Message = "nginx: {Line}")]
        public static partial void Line(ILogger logger, string line);

        [LoggerMessage(EventId = 3637, Level = LogLevel.Error, Message = "RTMP is off until the next start")]
        public static partial void GaveUp(ILogger logger, Exception failure);

        [LoggerMessage(EventId = 3638, Level = LogLevel.Error, Message = "RTMP is off: Video:Rtmp:Folder is \"{Folder}\" and must be a path of at most {BytesMax} bytes")]
        public static partial void NoFolder(ILogger logger, string folder, int bytesMax);

        [LoggerMessage(EventId = 3639, Level = LogLevel.Warning, Message = "RTMP waits: another server that still runs uses {Folder}")]
        public static partial void FolderTaken(ILogger logger, string folder);
    }
}
