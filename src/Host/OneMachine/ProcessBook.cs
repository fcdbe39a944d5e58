using System.Globalization;

namespace LiveCommerce.Host.OneMachine;

/// <summary>
/// Which processes a local cluster has started, in a file: a command that was killed leaves them running, and the next one ends them. A
/// process is known by its id and the moment the kernel gives for its start, so that a stranger who got the same id is left alone.
/// </summary>
internal sealed class ProcessBook(string file)
{
    private readonly Lock _gate = new();
    private readonly List<Entry> _entries = [];

    private sealed record Entry(int Id, string Started, string Name);

    /// <summary>Remembers a process that has just been started.</summary>
    public void Add(int id, string name)
    {
        lock (_gate)
        {
            if (StartOf(id) is not { } started) { return; }
            _entries.RemoveAll(entry => entry.Name == name);
            _entries.Add(new Entry(id, started, name));
            Write();
        }
    }

    /// <summary>Forgets everything; called when all have ended.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _entries.Clear();
            Write();
        }
    }

    /// <summary>Those of an earlier command that still run, in the order in which they were started.</summary>
    public IReadOnlyList<(int Id, string Name)> Leftovers() =>
        File.Exists(file)
            ? [.. File.ReadAllLines(file).Select(line => line.Split(' ', 3))
                .Where(words => words.Length == 3 && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id) && StartOf(id) == words[1])
                .Select(words => (int.Parse(words[0], CultureInfo.InvariantCulture), words[2]))]
            : [];

    /// <summary>The kernel's word for when a living process began; null: there is none of that id, or it is dead and only waits to be collected.</summary>
    public static string? StartOf(int id)
    {
        try
        {
            // The name stands in brackets and may hold anything; after it come the state and eighteen more before the start.
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ') is [var state, ..] words && state != "Z" ? words[19] : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    // Replaced whole, so that a kill in the middle leaves the old book or the new one.
    private void Write()
    {
        var lines = _entries.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Id} {entry.Started} {entry.Name}"));
        File.WriteAllLines($"{file}.new", lines);
        File.Move($"{file}.new", file, overwrite: true);
    }
}
