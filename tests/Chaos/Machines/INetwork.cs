using System.Diagnostics;
using System.Globalization;

namespace LiveCommerce.Chaos.Machines;

/// <summary>Where a process runs.</summary>
/// <param name="Address">At which the suite itself reaches it.</param>
/// <param name="Port">Where it listens, if it does.</param>
/// <param name="Namespace">Of the network; null: this machine's own.</param>
internal sealed record Place(string Name, string Address, int Port, string? Namespace)
{
    public Uri Url => new(string.Create(CultureInfo.InvariantCulture, $"http://{Address}:{Port}"));
}

/// <summary>What lies between the processes, and can be cut one way.</summary>
internal interface INetwork : IAsyncDisposable
{
    /// <summary>For people.</summary>
    string Description { get; }

    /// <summary>Where the database and the suite are.</summary>
    Place Home { get; }

    /// <summary>A place for one more process.</summary>
    Task<Place> AddAsync(string name);

    /// <summary>The host and port by which one place reaches a port of another; null: everybody uses the same.</summary>
    (string Host, int Port) Reach(Place? from, Place to, int port);

    /// <summary>Lets a place find, on its own loopback, what listens at this port of this machine's.</summary>
    void BringHome(Place place, int port);

    /// <summary>From now on nothing of what the first sends arrives at the second, and neither is told.</summary>
    Task CutAsync(Place from, Place to);

    /// <summary>Everything is whole again.</summary>
    Task HealAsync();
}

/// <summary>Small things about processes and ports.</summary>
internal static class Machine
{
    /// <summary>A program on a place's network.</summary>
    public static ProcessStartInfo On(Place place, string program)
    {
        var start = new ProcessStartInfo(place.Namespace is null ? program : "ip") { UseShellExecute = false };
        if (place.Namespace is not null)
        {
            // It becomes the program: the process id is the program's own.
            foreach (var argument in (string[])["netns", "exec", place.Namespace, program]) { start.ArgumentList.Add(argument); }
        }

        return start;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        if (await TryAsync(program, arguments) is { } problem) { throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {problem}"); }
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it says went wrong; null: nothing.</returns>
    public static async Task<string?> TryAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in arguments) { start.ArgumentList.Add(argument); }
        try
        {
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var problem = await process.StandardError.ReadToEndAsync();
            await output;
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? null : $"{problem.Trim()} (exit code {process.ExitCode})";
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            return missing.Message;
        }
    }
}
