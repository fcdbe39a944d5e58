using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace LiveCommerce.Gateway.Video.Ffmpeg;

/// <summary>
/// The one owner of an FFmpeg process: starts it without a shell, without our environment and within limits, drains what it
/// complains about, and takes the whole tree down when disposed.
/// </summary>
internal sealed class FfmpegProcess : IAsyncDisposable
{
    /// <summary>Characters of complaints that are kept.</summary>
    public const int ComplaintsMax = 2000;

    private const int LineLengthMax = 400;

    /// <summary>What the program needs of our environment; the rest may hold secrets.</summary>
    private static readonly string[] PassedOn = ["PATH", "LD_LIBRARY_PATH", "SystemRoot", "TEMP", "TMP"];

    private readonly Process _process;
    private readonly Action<string>? _onComplaint;
    private readonly StringBuilder _complaints = new();
    private readonly Task _drained;

    private FfmpegProcess(Process process, Action<string>? onComplaint)
    {
        _process = process;
        _onComplaint = onComplaint;
        Input = process.StandardInput.BaseStream;
        Output = process.StandardOutput.BaseStream;
        _drained = DrainAsync(process.StandardError.BaseStream);
    }

    /// <summary>What FFmpeg reads as <c>pipe:0</c>.</summary>
    public Stream Input { get; }

    /// <summary>What FFmpeg writes to <c>pipe:1</c>.</summary>
    public Stream Output { get; }

    /// <summary>The end of what it complained about.</summary>
    public string Complaints
    {
        get
        {
            lock (_complaints) { return _complaints.ToString(); }
        }
    }

    /// <summary>Its process id, for tests and the log.</summary>
    public int Id => _process.Id;

    /// <summary>Starts FFmpeg.</summary>
    /// <param name="limits">What it may use.</param>
    /// <param name="onComplaint">Called with each line of its error output, cut to a bounded length.</param>
    /// <returns>Null when there is no such program.</returns>
    public static FfmpegProcess? Start(string path, IEnumerable<string> arguments, FfmpegLimits limits, Action<string>? onComplaint = null)
    {
        if (Programs.Find(path) is not { } program) { return null; }

        var command = limits.Command(program);
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        foreach (var argument in command.Skip(1).Concat(arguments)) { start.ArgumentList.Add(argument); }
        foreach (var name in start.Environment.Keys.Except(PassedOn, StringComparer.Ordinal).ToArray()) { start.Environment.Remove(name); }
        if (Orphans.Owner is { } owner) { start.Environment[Orphans.OwnerVariable] = owner; }

        try
        {
            return Process.Start(start) is { } process ? new FfmpegProcess(process, onComplaint) : null;
        }
        catch (Win32Exception)
        {
            // Not found or not executable.
            return null;
        }
    }

    /// <summary>Ends when the process has ended; its exit code.</summary>
    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        await _drained.WaitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Ends the process and its children now.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }
        catch (Exception ending) when (ending is Win32Exception or AggregateException)
        {
            // It, or a child of it, is just ending.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        await _drained;

        // Closing flushes what the process no longer reads.
        try { await Input.DisposeAsync(); }
        catch (IOException) { }

        _process.Dispose();
    }

    private async Task DrainAsync(Stream errors)
    {
        var bytes = new byte[4096];
        var line = new StringBuilder();
        try
        {
            int count;
            while ((count = await errors.ReadAsync(bytes)) > 0)
            {
                foreach (var letter in Encoding.UTF8.GetString(bytes, 0, count))
                {
                    if (letter is not ('\n' or '\r'))
                    {
                        if (line.Length < LineLengthMax) { line.Append(letter); }
                        continue;
                    }

                    Complain(line);
                }
            }
        }
        catch (IOException)
        {
            // The pipe broke with the process.
        }

        Complain(line);
    }

    private void Complain(StringBuilder line)
    {
        if (line.Length == 0) { return; }

        var text = line.ToString();
        line.Clear();
        lock (_complaints)
        {
            _complaints.AppendLine(text);
            if (_complaints.Length > ComplaintsMax) { _complaints.Remove(0, _complaints.Length - ComplaintsMax); }
        }

        _onComplaint?.Invoke(text);
    }
}
